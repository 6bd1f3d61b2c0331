// Serves HTTP/1.1 and HTTP/2 over TLS and HTTP/1.1 in the clear on 127.0.0.1, and says on standard output what it sent:
// one JSON object a line, {"url", "status", "body": sha256 of the entity body, "request": sha256 of the request body}.
// Arguments: key file, certificate file.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import zlib from 'node:zlib';

const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const say = (object) => process.stdout.write(JSON.stringify(object) + '\n');
const text = Buffer.from('铁证 evidence '.repeat(2000));
const big = crypto.createHash('shake256', {outputLength: 3000000}).update('big').digest();

const page = Buffer.from(`<!doctype html><title>origin</title><script>
const ask = (path, options) => fetch(path, options).then((r) => r.arrayBuffer()).catch(() => 0);
(async () => {
  await Promise.all(['/plain', '/chunked', '/gzip', '/br', '/empty', '/hints', '/big', '/cut', '/missing'].map((p) => ask(p + '?by=chromium')));
  await ask('/post?by=chromium', {method: 'POST', body: 'x'.repeat(200000)});
  await ask('/etag?by=chromium'); await ask('/etag?by=chromium');
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/socket');
  socket.binaryType = 'arraybuffer';
  let seen = 0;
  socket.onopen = () => { socket.send('你好 '.repeat(100)); socket.send(new Uint8Array(70000)); };
  socket.onmessage = () => { if (++seen === 3) socket.close(1000, 'done'); };
  socket.onclose = () => ask('/done');
})();
</script>`);

function answer(req, res) {
  const path = req.url.split('?')[0];
  const received = [];
  req.on('data', (d) => received.push(d));
  req.on('error', () => {});
  res.on('error', () => {});
  req.on('end', () => {
    const request = sha256(Buffer.concat(received));
    const reply = (status, headers, body) => {
      say({url: req.url, status, body: sha256(req.method === 'HEAD' ? '' : body), request, version: req.httpVersion});
      res.writeHead(status, headers);
      res.end(req.method === 'HEAD' ? undefined : body);
    };
    switch (path) {
      case '/page': return reply(200, {'content-type': 'text/html;charset=utf-8', 'content-length': page.length}, page);
      case '/plain': return reply(200, {'content-type': 'text/plain', 'content-length': text.length}, text);
      case '/gzip': return reply(200, {'content-type': 'text/plain', 'content-encoding': 'gzip'}, zlib.gzipSync(text));
      case '/br': return reply(200, {'content-type': 'text/plain', 'content-encoding': 'br'}, zlib.brotliCompressSync(text));
      case '/empty': return reply(204, {}, '');
      case '/post': return reply(200, {'content-type': 'text/plain'}, request);
      case '/big': return reply(200, {'content-type': 'application/octet-stream', 'content-length': big.length}, big);
      case '/etag':
        return req.headers['if-none-match'] === '"1"'
          ? reply(304, {etag: '"1"'}, '') : reply(200, {etag: '"1"', 'cache-control': 'no-cache'}, text);
      case '/hints':
        res.writeEarlyHints({link: '</style.css>; rel=preload; as=style'});
        return reply(200, {'content-type': 'text/plain'}, 'after hints');
      case '/chunked':
        say({url: req.url, status: 200, body: sha256('one two three'), request, version: req.httpVersion});
        res.writeHead(200, {'content-type': 'text/plain', trailer: 'x-sum'});
        res.write('one ');
        setTimeout(() => { res.write('two '); setTimeout(() => { res.addTrailers({'x-sum': '13'}); res.end('three'); }, 20); }, 20);
        return;
      case '/close':
        say({url: req.url, status: 200, body: sha256(text), request, version: req.httpVersion});
        res.writeHead(200, {'content-type': 'text/plain', connection: 'close', 'transfer-encoding': 'identity'});
        res.end(text);
        return;
      case '/cut':
        say({url: req.url, status: 200, body: sha256('only this'), request, version: req.httpVersion, cut: true});
        res.writeHead(200, {'content-type': 'text/plain', 'content-length': 1000});
        res.write('only this');
        setTimeout(() => req.stream ? req.stream.close(2) : res.socket.destroy(), 100);
        return;
      case '/done': return reply(200, {}, 'done');
      default: return reply(404, {'content-type': 'text/plain'}, 'nothing here');
    }
  });
}

function frame(opcode, payload, compressed) {
  const body = compressed
    ? zlib.deflateRawSync(payload, {finishFlush: zlib.constants.Z_SYNC_FLUSH}).subarray(0, -4) : payload;
  const length = body.length < 126 ? Buffer.from([body.length])
    : Buffer.concat([Buffer.from([126]), Buffer.from([body.length >> 8, body.length & 255])]);
  return Buffer.concat([Buffer.from([0x80 | (compressed ? 0x40 : 0) | opcode]), length, body]);
}

function upgrade(req, socket) {
  const accept = crypto.createHash('sha1')
    .update(req.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  const deflate = (req.headers['sec-websocket-extensions'] || '').includes('permessage-deflate');
  say({url: req.url, status: 101, body: sha256(''), request: sha256(''), version: req.httpVersion});
  socket.on('error', () => {});
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: '
    + accept + '\r\n' + (deflate ? 'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n' : '') + '\r\n');
  let got = 0;
  socket.on('data', (d) => {
    if (got === 0) {
      socket.write(frame(1, Buffer.from('short'), false));
      socket.write(frame(9, Buffer.from('ping'), false));
      socket.write(frame(1, Buffer.from('repeated '.repeat(1000)), deflate));
      socket.write(frame(2, Buffer.alloc(300, 7), false));
    }
    got += d.length;
    if (d[0] === 0x88) { socket.end(frame(8, Buffer.from([3, 232]), false)); }
  });
}

const secure = http2.createSecureServer(
  {key: fs.readFileSync(process.argv[2]), cert: fs.readFileSync(process.argv[3]), allowHTTP1: true}, answer);
secure.on('upgrade', upgrade);
const plain = http.createServer(answer);
plain.on('upgrade', upgrade);
secure.listen(0, '127.0.0.1', () => plain.listen(0, '127.0.0.1', () =>
  say({secure: secure.address().port, plain: plain.address().port})));
process.stdin.on('end', () => process.exit(0)).resume();
