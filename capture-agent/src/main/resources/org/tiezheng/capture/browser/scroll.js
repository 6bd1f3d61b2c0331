// One step down. The document scrolls if it can; else the largest inner element that does (many shop apps).
((share) => {
  const scrolls = (e) => e.scrollHeight > e.clientHeight + 10;
  let target = document.scrollingElement;
  let name = 'document';
  if (!target) return { y: 0, height: 0, window: innerHeight, name };
  if (!scrolls(target)) {
    let best = 0;
    for (const e of document.querySelectorAll('div,main,section,article,ul,body')) {
      if (!scrolls(e) || !/auto|scroll|overlay/.test(getComputedStyle(e).overflowY)) continue;
      const size = e.clientWidth * e.clientHeight;
      if (size > best && size > 0.3 * innerWidth * innerHeight) {
        best = size;
        target = e;
        name = `${e.localName}${e.id ? '#' + e.id : ''}`.slice(0, 100);
      }
    }
  }
  const view = target === document.scrollingElement ? innerHeight : target.clientHeight;
  if (share === 0) target.scrollTo({ top: 0, left: 0, behavior: 'instant' });
  else target.scrollBy({ top: Math.max(1, Math.floor(view * share)), behavior: 'instant' });
  return { y: target.scrollTop, height: target.scrollHeight, window: view, name };
})
