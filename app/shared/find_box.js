// `/` puts the cursor into the page's own box `data.field`, or opens one over any other page; Enter asks, Esc closes.

export default ({data, parentElement, setTriggerValue}) => {
  const root = parentElement.querySelector('.find-box');
  const open = () => {                                   // it is on the page only while it is open
    root.innerHTML = data.html;
    const box = root.querySelector('[popover]'), form = root.querySelector('form');
    box.ontoggle = event => { if (event.newState === 'closed') root.innerHTML = ''; };
    form.onsubmit = event => {
      event.preventDefault();
      const text = form.elements.q.value.trim();
      box.hidePopover();
      if (text) setTriggerValue('asked', {text, at: performance.now()});
    };
    box.showPopover();
    return form.elements.q;
  };
  document.removeEventListener('keydown', root.__press);
  root.__press = event => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.('input, textarea, select, [contenteditable=true]')) return;
    event.preventDefault();
    const field = document.querySelector(`.st-key-${data.field} input`) ?? open();
    field.focus();
    field.select();
  };
  document.addEventListener('keydown', root.__press);
  return () => document.removeEventListener('keydown', root.__press);
};
