// Read-only look at the page, in an isolated world: the page's own scripts cannot change these built-ins.
(() => {
  const cut = (s, n) => (s = String(s ?? '')).length > n ? s.slice(0, n) : s;
  const visible = (e) => {
    const r = e.getBoundingClientRect();
    const s = getComputedStyle(e);
    return r.width > 1 && r.height > 1 && s.visibility !== 'hidden' && s.display !== 'none' && s.opacity !== '0';
  };
  const roots = [document];
  const all = [];
  const shadowTexts = [];
  while (roots.length && all.length < 200000) {
    for (const e of roots.pop().querySelectorAll('*')) {
      all.push(e);
      if (e.shadowRoot) {
        roots.push(e.shadowRoot);
        for (const child of e.shadowRoot.children) if (child.innerText) shadowTexts.push(child.innerText);
      }
    }
  }
  const of = (name) => all.filter((e) => e.localName === name);
  const images = of('img');
  const notLoaded = images
    .filter((i) => (i.currentSrc || i.src) && !(i.complete && i.naturalWidth > 0))
    .map((i) => ({ url: cut(i.currentSrc || i.src, 500), problem: i.complete ? 'broken' : 'loading' }));
  const captcha =
    /captcha|geetest|yidun|hcaptcha|turnstile|challenge-platform|nc_wrapper|nc-container|baxia|slide-?verify|verify-?slider|滑块|验证码/i;
  const hints = [];
  for (const e of all) {
    if (hints.length >= 20) break;
    const what = [e.id, e.getAttribute('class'), e.localName === 'iframe' ? e.src : '',
      e.localName === 'input' ? `${e.name} ${e.placeholder}` : ''].join(' ');
    if (captcha.test(what) && visible(e)) hints.push(cut(`${e.localName} ${what}`.trim(), 200));
  }
  const area = innerWidth * innerHeight;
  const overlays = [];
  for (const e of all) {
    if (overlays.length >= 20) break;
    if (e.localName === 'dialog' && !e.open) continue;
    const position = e.localName === 'dialog' ? 'fixed' : getComputedStyle(e).position;
    if (position !== 'fixed' || !visible(e)) continue;
    const r = e.getBoundingClientRect();
    const w = Math.min(r.right, innerWidth) - Math.max(r.left, 0);
    const h = Math.min(r.bottom, innerHeight) - Math.max(r.top, 0);
    if (w > 0 && h > 0 && w * h > 0.15 * area) {
      overlays.push(cut(`${e.localName}#${e.id}.${e.getAttribute('class') ?? ''}: ${e.innerText ?? ''}`, 200));
    }
  }
  const text = [document.body ? document.body.innerText : '', ...shadowTexts].join('\n').trim();
  const d = document.documentElement;
  return {
    url: cut(location.href, 8000), title: cut(document.title, 1000), contentType: cut(document.contentType, 100),
    charset: cut(document.characterSet, 50), language: cut(d ? d.lang : '', 50), readyState: document.readyState,
    textLength: text.length, textStart: cut(text, 4000), elements: all.length, links: of('a').length,
    forms: of('form').length, frames: of('iframe').length + of('frame').length, images: images.length,
    imagesNotLoaded: notLoaded.slice(0, 200),
    passwordFields: of('input').filter((i) => i.type === 'password' && visible(i)).length,
    captchaHints: hints, overlays,
    width: d ? d.scrollWidth : 0, height: d ? d.scrollHeight : 0,
    viewportWidth: innerWidth, viewportHeight: innerHeight, scale: devicePixelRatio,
    userAgent: navigator.userAgent, languages: [...navigator.languages], webdriver: navigator.webdriver === true,
  };
})()
