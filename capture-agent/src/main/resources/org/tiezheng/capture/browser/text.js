// The frame's visible text, parked for reading in slices.
(() => {
  const out = document.body ? document.body.innerText : document.documentElement ? document.documentElement.textContent : '';
  globalThis.__tiezheng = out;
  return out.length;
})()
