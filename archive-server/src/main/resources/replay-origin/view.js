// Embeds the player for one archived page and watches it: some cold starts never show the page, so one reload is made by
// itself and more are offered. Tells the embedding page what it sees; the message holds nothing but that word.
const TEXT = {
  zh: {
    loading: '正在载入存档的网页…', shown: '这是存档的回放,不是现在的网页:', slow: '回放仍未出现。', failed: '回放没有出现。证据不受影响,可改看截图或网页文字。',
    reload: '重新载入', insecure: '浏览器只在 HTTPS 或本机地址下允许回放。', nothing: '没有指明要打开的网页。',
  },
  en: {
    loading: 'Loading the archived page…', shown: 'This is a replay of the archive, not the live page:', slow: 'The replay has not appeared yet.',
    failed: 'The replay did not appear. The evidence is not affected; use the screenshot or the page text.',
    reload: 'Reload', insecure: 'Browsers allow replay only over HTTPS or on the local machine.', nothing: 'No page was named.',
  },
};
const asked = new URLSearchParams(location.search);
const lang = asked.get('lang') === 'en' ? 'en' : 'zh';
const text = TEXT[lang];
document.documentElement.lang = lang;
document.title = lang === 'en' ? 'Replay' : '回放';
const state = document.getElementById('state');
const token = location.pathname.split('/').pop();
const url = asked.get('url') ?? '';
const ts = (asked.get('ts') ?? '').replace(/\D/g, '').slice(0, 14);
const RETRY_AFTER = 12_000;
const GIVE_UP_AFTER = 25_000;

function say(word, message, withReload = false) {
  state.dataset.state = word;
  state.replaceChildren();
  const span = document.createElement('span');
  span.textContent = message;
  state.append(span);
  if (withReload) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = text.reload;
    button.addEventListener('click', () => start(0));
    state.append(button);
  }
  if (window.parent !== window) window.parent.postMessage({ replay: word }, '*');
}

let timers = [];
function start(attempt) {
  timers.forEach(clearTimeout);
  timers = [];
  const player = document.createElement('replay-web-page');
  const attributes = { source: `/data/${token}.wacz`, url, ts, embed: 'replayonly', replayBase: '/replay/', coll: `t${token}`.slice(0, 20), noCache: '' };
  for (const [name, value] of Object.entries(attributes)) player.setAttribute(name, value);
  const shown = (event) => {
    if (event.detail?.url) {
      timers.forEach(clearTimeout);
      say('shown', `${text.shown} ${event.detail.url}`);
    }
  };
  player.addEventListener('rwp-url-change', shown);
  say('loading', attempt === 0 ? text.loading : text.slow);
  document.getElementById('player').replaceChildren(player);
  if (attempt === 0) timers.push(setTimeout(() => start(1), RETRY_AFTER));
  else timers.push(setTimeout(() => say('failed', text.failed, true), GIVE_UP_AFTER));
}

if (!window.isSecureContext) say('failed', text.insecure);
else if (!/^https?:\/\//.test(url)) say('failed', text.nothing);
else start(0);
