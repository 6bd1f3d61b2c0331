// The frame's visible text, open shadow roots after the rest, parked for reading in slices.
(() => {
  const d = document.documentElement;
  const parts = [document.body ? document.body.innerText : d ? d.textContent : ''];
  const walk = (root) => {
    for (const e of root.querySelectorAll('*')) {
      if (!e.shadowRoot) continue;
      for (const child of e.shadowRoot.children) if (child.innerText) parts.push(child.innerText);
      walk(e.shadowRoot);
    }
  };
  walk(document);
  globalThis.__tiezheng = parts.join('\n');
  return globalThis.__tiezheng.length;
})()
