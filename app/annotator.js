// Keeps the annotator's name in a cookie for a year, or takes it away; once each time it was told.

export default ({data}) => {
  if (globalThis.__told !== data.told) {
    globalThis.__told = data.told;
    const secure = location.protocol === 'https:' ? '; secure' : '';
    const age = data.name ? 365 * 24 * 3600 : 0;
    document.cookie = `${data.cookie}=${encodeURIComponent(data.name)}; path=/; max-age=${age}; samesite=lax${secure}`;
  }
  return () => {};
};
