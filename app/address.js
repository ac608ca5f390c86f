// An address that says nothing becomes the view that is shown.

export default ({data}) => {
  const now = location.pathname.replace(/\/$/, '') + '?' + new URLSearchParams(location.search);
  if (now === data.seen) history.replaceState(history.state, '', data.href);  // else another is on its way
  return () => {};
};
