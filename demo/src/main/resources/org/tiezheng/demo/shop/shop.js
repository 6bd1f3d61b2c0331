// The price and the stock come by a call of their own, as on most shops: a copy of the HTML alone would miss them.
const money = (fen) => '¥' + (fen / 100).toFixed(2);
for (const node of document.querySelectorAll('[data-sku]')) {
  fetch('/api/price?sku=' + encodeURIComponent(node.dataset.sku))
    .then((answer) => answer.json())
    .then((item) => {
      node.innerHTML = money(item.priceFen) + '<small>已售 ' + item.sold + ' 件</small>';
    });
}
const visit = document.querySelector('#visit');
if (visit) {
  fetch('/api/visit', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ page: location.pathname }) })
    .then((answer) => answer.json())
    .then((count) => { visit.textContent = '本店今日第 ' + count.visitor + ' 位访客'; });
}
