// Shows the list of keys that Python sends, and opens and closes it with `?`; Esc and a click elsewhere close it too.

export default ({data, parentElement}) => {
  const root = parentElement.querySelector('.keys');
  if (root.__html !== data.html) {
    root.innerHTML = data.html;
    root.__html = data.html;
  }
  document.removeEventListener('keydown', root.__press);
  root.__press = event => {
    if (event.key !== '?' || event.target.closest?.('input, textarea, select')) return;
    event.preventDefault();
    root.querySelector('[popover]').togglePopover();
  };
  document.addEventListener('keydown', root.__press);
  return () => document.removeEventListener('keydown', root.__press);
};
