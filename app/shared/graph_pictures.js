// The buttons that save the drawing `data.name` as a picture.

export default ({data, parentElement}) => {
  for (const button of parentElement.querySelectorAll('button'))
    button.onclick = () => globalThis.__circuits?.[data.name]?.save(button.dataset.kind);
  return () => {};
}
