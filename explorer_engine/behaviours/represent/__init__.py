"""What a prediction rests on, as a row of numbers (App. H.2): one file a kind, `kinds` names them."""
