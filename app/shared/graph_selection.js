// Tells the drawing `data.name` what is selected, now or as soon as it is there.

export default ({data}) => {
  (globalThis.__wanted ??= {})[data.name] = data;
  globalThis.__circuits?.[data.name]?.want?.(data);
  return () => {};
}
