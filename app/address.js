// An address that says nothing becomes the view that is shown; links of the navigation lead to its world.

export default ({data}) => {
  const now = location.pathname.replace(/\/$/, '') + '?' + new URLSearchParams(location.search);
  if (now === data.seen) history.replaceState(history.state, '', data.href);  // else another is on its way
  const world = new URL(data.href, location).searchParams.get('world');
  const dress = event => {     // a click is Streamlit's own; a new tab and a copied address are the browser's
    const link = event.target.closest?.('[data-testid=stTopNavLink], [data-testid=stSidebarNavLink]');
    if (!link || !world) return;
    const address = new URL(link.href);
    address.searchParams.set('world', world);
    link.href = address;
  };
  const before = ['pointerover', 'focusin'];
  before.forEach(kind => document.addEventListener(kind, dress));
  return () => before.forEach(kind => document.removeEventListener(kind, dress));
};
