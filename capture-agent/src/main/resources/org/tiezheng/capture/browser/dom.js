// Serialises this frame's document, open shadow roots as declarative templates, and parks it for reading in slices.
(() => {
  const roots = [];
  const walk = (root) => {
    for (const e of root.querySelectorAll('*')) if (e.shadowRoot) { roots.push(e.shadowRoot); walk(e.shadowRoot); }
  };
  walk(document);
  const t = document.doctype;
  let out = '';
  if (t) {
    out = `<!DOCTYPE ${t.name}${t.publicId ? ` PUBLIC "${t.publicId}"` : ''}${
      t.systemId ? `${t.publicId ? '' : ' SYSTEM'} "${t.systemId}"` : ''}>\n`;
  }
  const d = document.documentElement;
  if (d && d.getHTML && roots.length) {
    const shell = d.cloneNode(false).outerHTML;
    const end = shell.lastIndexOf('</');
    out += shell.slice(0, end) + d.getHTML({ shadowRoots: roots, serializableShadowRoots: true }) + shell.slice(end);
  } else if (d) {
    out += d.outerHTML;
  }
  globalThis.__tiezheng = out;
  return out.length;
})()
