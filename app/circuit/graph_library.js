// After vis-network, which makes itself known to the page: there is nothing to mount. The fonts of the drawing,
// which are measured before it can be drawn, are asked for already.

export default ({parentElement}) => {
  const box = parentElement.host ?? parentElement, probe = document.createElement('span');
  probe.style.fontFamily = 'var(--mono)';
  box.append(probe);
  for (const of of [box, probe]) document.fonts.load(`400 13px ${getComputedStyle(of).fontFamily}`).catch(() => 0);
  probe.remove();
  return () => {};
};
