"""The planted behaviours: the roles that a prediction can play, in words for people."""

from __future__ import annotations

__all__ = ["PLANTED"]

PLANTED: dict[str, str] = {
    "agreement/verb-singular": "Singular verb for a singular subject",
    "agreement/verb-plural": "Plural verb for a plural subject",
    "biographies/own-possessive": "‘his’ / ‘her’ for the person’s own things",
    "biographies/reflexive": "‘himself’ / ‘herself’ after ‘taught’",
    "biographies/place-subject": "‘he’ / ‘she’ after the place of work",
    "biographies/title": "The profession, named after its signs",
    "biographies/married-to": "‘to’ after ‘married’",
    "biographies/born-in": "‘in’ after ‘was born’",
    "infinitives/to": "Infinitive ‘to’ after want / try / hope",
    "infinitives/way-to": "‘to’ between two places",
    "steps/step-number": "The next step’s number",
    "steps/count-next": "The next number of a count",
    "lists/list-comma": "Comma between the things of a list",
    "lists/calendar-next": "The next weekday or month",
    "quotes/quote-close": "Quotation mark that closes",
    "quotes/parenthesis-close": "Parenthesis that closes in prose",
    "dates/year-next": "The year after",
    "dates/range-to": "‘to’ between two years",
    "dates/date-comma": "Comma after the day of the month",
    "code/code-parenthesis": "Parenthesis that closes in code",
    "code/tag-close": "HTML tag that closes",
}
"""`template/slot` → label. Several share their token (‘to’, commas, numbers, parentheses), so that the token
alone does not give them away; roles without an entry are scaffolding."""
