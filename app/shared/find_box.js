// `/` puts the cursor into the page's own box `data.field`, or opens one over any other page; Enter asks, Esc closes.

export default ({data, parentElement, setTriggerValue}) => {
  const root = parentElement.querySelector('.find-box');
  if (root.__html !== data.html) {
    root.innerHTML = data.html;
    root.__html = data.html;
  }
  const box = root.querySelector('[popover]'), form = root.querySelector('form'), field = form.elements.q;
  form.onsubmit = event => {
    event.preventDefault();
    const text = field.value.trim();
    box.hidePopover();
    field.value = '';
    if (text) setTriggerValue('asked', {text, at: performance.now()});
  };
  document.removeEventListener('keydown', root.__press);
  root.__press = event => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.('input, textarea, select, [contenteditable=true]')) return;
    event.preventDefault();
    const own = document.querySelector(`.st-key-${data.field} input`);
    if (!own) box.showPopover();
    const into = own ?? field;
    into.focus();
    into.select();
  };
  document.addEventListener('keydown', root.__press);
  return () => document.removeEventListener('keydown', root.__press);
};
