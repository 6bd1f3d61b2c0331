// Sends the file of an archival package as the body of one request, and shows how far it is.
const form = document.querySelector('form[data-import]');
form?.addEventListener('submit', (event) => {
  event.preventDefault();
  const file = form.querySelector('input[type=file]').files[0];
  const progress = form.querySelector('progress');
  const status = form.querySelector('[role=status]');
  const button = form.querySelector('button');
  const request = new XMLHttpRequest();
  const fail = (text) => {
    status.textContent = text || form.dataset.failed;
    status.hidden = false;
    button.disabled = false;
  };
  request.open('POST', `${form.getAttribute('action')}?name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader('Content-Type', 'application/octet-stream');
  request.setRequestHeader('Accept', 'application/json');
  const header = document.querySelector('meta[name=csrf-header]');
  const token = document.querySelector('meta[name=csrf-token]');
  if (header && token) request.setRequestHeader(header.content, token.content);
  request.upload.addEventListener('progress', (sent) => {
    progress.value = sent.lengthComputable ? Math.floor((sent.loaded * 100) / sent.total) : 0;
  });
  request.addEventListener('error', () => fail(''));
  request.addEventListener('load', () => {
    const place = request.getResponseHeader('Location');
    if (request.status === 202 && place && place.startsWith('/')) location.assign(place);
    else {
      let title = '';
      try { title = JSON.parse(request.responseText).title; } catch { /* not JSON */ }
      fail(title);
    }
  });
  progress.hidden = false;
  status.hidden = true;
  button.disabled = true;
  request.send(file);
});
