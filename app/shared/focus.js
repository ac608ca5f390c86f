// Puts the cursor into the field `data.key`, as soon as it is on the page.

export default ({data}) => {
  const field = () => document.querySelector(`.st-key-${data.key} input`);
  for (const wait of [30, 120, 300]) setTimeout(() => {
    const found = field();
    if (found && document.activeElement !== found) found.focus();
  }, wait);
  return () => {};
}
