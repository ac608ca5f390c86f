// An address that says nothing becomes the view that is shown; links of the navigation lead to its world.

export default ({data}) => {
  const now = location.pathname.replace(/\/$/, '') + '?' + new URLSearchParams(location.search);
  if (now === data.seen) history.replaceState(history.state, '', data.href);  // else another is on its way
  const world = new URL(data.href, location).searchParams.get('world');
  const linkOf = event => event.target.closest?.('[data-testid=stTopNavLink], [data-testid=stSidebarNavLink]');
  const dress = event => {
    const link = linkOf(event);
    if (!link || !world) return;
    const address = new URL(link.href);
    address.searchParams.set('world', world);
    link.href = address;
  };
  const leave = event => {     // to the browser: Streamlit would open the page in this tab
    if ((event.ctrlKey || event.metaKey || event.shiftKey) && linkOf(event)) event.stopPropagation();
  };
  const listeners = {pointerover: dress, focusin: dress, click: leave};
  for (const [kind, listener] of Object.entries(listeners)) document.addEventListener(kind, listener, true);
  return () => {
    for (const [kind, listener] of Object.entries(listeners)) document.removeEventListener(kind, listener, true);
  };
};
