// Clicks the closing control of overlays whose label is exactly one of those given. Only ever run when asked for.
((labels) => {
  const done = [];
  const clean = (e) => (e.innerText || e.value || e.getAttribute('aria-label') || '').trim();
  for (const e of document.querySelectorAll('button,a,[role=button],input[type=button],span,i,div')) {
    if (done.length >= 10) break;
    const label = clean(e);
    if (!label || label.length > 20 || !labels.includes(label)) continue;
    const r = e.getBoundingClientRect();
    if (r.width < 2 || r.height < 2 || r.top < 0 || r.top > innerHeight) continue;
    let fixed = false;
    for (let p = e; p; p = p.parentElement) {
      if (p.localName === 'dialog' || /fixed|sticky/.test(getComputedStyle(p).position)) { fixed = true; break; }
    }
    if (!fixed) continue;
    e.click();
    done.push({ label, element: `${e.localName}#${e.id}.${e.getAttribute('class') ?? ''}`.slice(0, 200) });
  }
  return done;
})
