package org.tiezheng.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The pages that every recorder must pass, each below {@code /p/}: {@code /p/} lists them. A page says in {@code
 * document.title} when its script is done: {@code done: <name>}, so that a capture shows at a glance whether it waited.
 *
 * <p>Parameters: {@code /p/many?n=300} resources, {@code /p/tall?px=60000}, {@code /p/big?mb=50}, {@code
 * /p/stream?mb=50}, {@code /p/download?mb=1&seconds=0} (how long it takes at least), {@code /p/internal?port=8089} asks this machine for that port under every name it has.
 */
public final class PageSet implements Site {
    private static final byte[] BROTLI = Base64.getDecoder()
            .decode("Gw4ZOJwHdgwxjUSV3rDXOmJ06QoEveUCJ1+BMo50QFNfvd6DLPLQY2ADziMJUpjpOi95C6u0vCG8CQGgAA==");
    private static final byte[] WAV = wav();
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");
    private static final int DRIP_SECONDS = 600;

    /** Page name to its body; scripts call {@code done()}. */
    private static final Map<String, String> PAGES = new LinkedHashMap<>();

    static {
        PAGES.put("encodings", """
                <script>
                Promise.all(['gzip','br','deflate','identity'].map((e) => fetch('/r/coded?as=' + e).then((r) => r.text())))
                  .then((all) => { document.body.append(all.map((t) => t.length).join(' ')); done(); });
                </script>""");
        PAGES.put("posts", """
                <script>
                const form = new FormData();
                form.append('字段', '值'); form.append('file', new Blob([new Uint8Array(70000)]), 'zero.bin');
                const all = [
                  fetch('/r/take?k=multipart', { method: 'POST', body: form }),
                  fetch('/r/take?k=json', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"投诉":1}' }),
                  fetch('/r/take?k=binary', { method: 'POST', body: new Uint8Array([0, 1, 2, 255]) }),
                  fetch('/r/take?k=blob', { method: 'POST', body: new Blob(['blob']) }),
                  fetch('/r/take?k=put', { method: 'PUT', body: 'put' }),
                  fetch('/r/take?k=delete', { method: 'DELETE' }),
                  fetch('/r/take?k=head', { method: 'HEAD' }),
                ];
                navigator.sendBeacon('/r/take?k=beacon', 'beacon');
                addEventListener('pagehide', () => navigator.sendBeacon('/r/take?k=unload', 'unload'));
                Promise.all(all).then(done);
                </script>""");
        PAGES.put("redirects", "<iframe src='/r/hop?n=2'></iframe><script>fetch('/r/hop?n=3').then(done)</script>");
        PAGES.put("errors", """
                <img src='/r/missing.png'><script>Promise.all([fetch('/r/status?code=404'), fetch('/r/status?code=410'),
                fetch('/r/status?code=500'), fetch('/r/status?code=204')]).then(done)</script>""");
        PAGES.put(
                "big",
                "<script>fetch('/r/noise?mb=' + mb).then((r) => r.blob()).then((b) => { document.body.append(b.size); done(); })</script>");
        // Unlike "big" it keeps nothing, so that only the recorder's memory is at stake.
        PAGES.put("stream", """
                <script>fetch('/r/noise?mb=' + mb).then(async (r) => {
                  const reader = r.body.getReader(); let n = 0;
                  for (let part = await reader.read(); !part.done; part = await reader.read()) n += part.value.length;
                  document.body.append(n); done(); });</script>""");
        PAGES.put(
                "download",
                "<a id=a href='/r/noise?mb={{mb}}&attach=1&seconds={{seconds}}' download>文件</a><script>a.click(); setTimeout(done, 500)</script>");
        PAGES.put(
                "chunked",
                "<script>fetch('/r/chunked').then((r) => r.text()).then((t) => { document.body.append(t); done(); })</script>");
        PAGES.put("frames", """
                <iframe src='/p/plain'></iframe><iframe src='{{other}}/p/plain'></iframe>
                <iframe srcdoc='<p>srcdoc 内容<img src=/r/dot.svg?in=srcdoc>'></iframe><script>onload = done</script>""");
        PAGES.put(
                "popup",
                "<a id=a target=_blank href='/p/plain?in=blank'>新窗口</a><script>window.open('/p/plain?in=popup'); a.click(); setTimeout(done, 300)</script>");
        PAGES.put("service-worker", """
                <script>
                navigator.serviceWorker.register('/r/sw.js', { scope: '/' }).then(() => navigator.serviceWorker.ready)
                  .then(() => new Promise((go) => { if (navigator.serviceWorker.controller) go(); else navigator.serviceWorker.oncontrollerchange = go; }))
                  .then(() => fetch('/r/dot.svg?from=cache')).then(done);
                </script>""");
        PAGES.put(
                "worker",
                "<script>const w = new Worker('/r/worker.js'); w.onmessage = (m) => { document.body.append(m.data); done(); }</script>");
        PAGES.put("websocket", """
                <script>
                const ws = new WebSocket(location.origin.replace('http', 'ws') + '/ws/echo'); ws.binaryType = 'arraybuffer'; let n = 0;
                ws.onopen = () => { ws.send('你好'); ws.send(new Uint8Array([1, 2, 3])); ws.send('x'.repeat(70000)); };
                ws.onmessage = (m) => { n++; if (n === 3) { document.body.append('3 messages'); ws.close(1000, 'bye'); } };
                ws.onclose = done;
                </script>""");
        PAGES.put(
                "events",
                "<script>const s = new EventSource('/r/events'); s.onmessage = (m) => document.body.append(m.data + ' '); s.onerror = () => { s.close(); done(); }</script>");
        // The server would go on: what the browser breaks off is never whole, whoever is faster.
        PAGES.put(
                "broken-off",
                "<script>const s = new EventSource('/r/events?n=6000'); let n = 0; s.onmessage = (m) => { document.body.append(m.data + ' '); if (++n === 5) { s.close(); done(); } }</script>");
        PAGES.put("lazy", "{{lazy}}<script>onload = done</script>");
        PAGES.put("infinite", """
                <div id=list></div><script>
                let n = 0;
                const more = () => { for (let i = 0; i < 10; i++) { const p = document.createElement('p'); p.style.height = '120px'; p.innerHTML = '第 ' + n++ + ' 条 <img height=40 src="/r/dot.svg?inf=' + n + '">'; list.append(p); } };
                more(); addEventListener('scroll', () => { if (innerHeight + scrollY > document.body.scrollHeight - 800) more(); }); done();
                </script>""");
        PAGES.put(
                "dialogs",
                "<script>onbeforeunload = () => 'stay'; alert('一'); const c = confirm('二'); const p = prompt('三'); document.body.append(String(c), String(p)); done()</script>");
        PAGES.put(
                "auth",
                "<iframe src='/r/secret'></iframe><script>fetch('/r/secret').then((r) => { document.body.append(r.status); done(); })</script>");
        PAGES.put(
                "media",
                "<audio controls preload=auto src='/r/tone.wav'></audio><script>fetch('/r/tone.wav', { headers: { Range: 'bytes=100-199' } }).then((r) => { document.body.append(r.status); done(); })</script>");
        PAGES.put("etag", """
                <script>const get = () => fetch('/r/etag', { cache: 'no-cache' });
                get().then((r) => r.text()).then(get).then((r) => r.text()).then((t) => { document.body.append(t); done(); });</script>""");
        PAGES.put(
                "cors",
                "<script>fetch('{{other}}/r/cors', { method: 'PUT', headers: { 'X-Custom': '1' }, body: 'x' }).then((r) => r.text()).then((t) => { document.body.append(t); done(); })</script>");
        PAGES.put("big-header", "<script>fetch('/r/header').then(done)</script>");
        PAGES.put(
                "dead-hosts",
                "<p>正文</p><img src='https://does-not-exist.invalid/a.png'><script src='https://also-gone.invalid/b.js'></script><script>done()</script>");
        PAGES.put("internal", "<p>SSRF</p>{{internal}}<script>done()</script>");
        PAGES.put("early-hints", "<link rel=stylesheet href='/r/plain.css'><p>103</p><script>done()</script>");
        PAGES.put("many", "{{many}}<script>onload = done</script>");
        PAGES.put("tall", "{{tall}}<script>onload = done</script>");
        PAGES.put(
                "loop",
                "<p>死循环之前的内容</p><script>document.title = 'looping'; setTimeout(() => { for (;;) {} }, 200)</script>");
        PAGES.put("plain", "<p>普通页面 plain page {{query}}</p><img src='/r/dot.svg'><script>done()</script>");
        PAGES.put("empty", "");
        PAGES.put(
                "captcha",
                "<h1>安全验证</h1><p>请拖动滑块完成验证,访问过于频繁。</p><div id=slider class=captcha></div><script>done()</script>");
        PAGES.put(
                "login",
                "<h1>请登录</h1><form><input name=user placeholder=手机号><input type=password placeholder=密码><button>登录</button></form><script>done()</script>");
    }

    /** Pages that end by themselves and stand in one frame each of {@code /p/everything}. */
    private static final List<String> FRAMED = List.of(
            "encodings",
            "posts",
            "redirects",
            "errors",
            "chunked",
            "frames",
            "worker",
            "websocket",
            "events",
            "media",
            "etag",
            "cors",
            "big-header",
            "plain");

    /** Names of the pages of the set, in order. */
    public static List<String> names() {
        return List.copyOf(PAGES.keySet());
    }

    @Override
    public boolean serve(Visit visit) throws IOException, InterruptedException {
        String path = visit.path();
        if (path.startsWith("/p/")) {
            return page(visit, path.substring("/p/".length()));
        }
        return path.startsWith("/r/") && resource(visit, path.substring("/r/".length()));
    }

    private static boolean page(Visit visit, String name) throws IOException, InterruptedException {
        switch (name) {
            case "" -> {
                StringBuilder list = new StringBuilder();
                for (String each : PAGES.keySet()) {
                    list.append("<li><a href='/p/")
                            .append(each)
                            .append("'>")
                            .append(each)
                            .append("</a>");
                }
                visit.html(frame("index", "<ul>" + list + "</ul>"));
            }
            case "gbk" ->
                visit.send(
                        "text/html; charset=GBK",
                        frame("gbk", "<p>简体中文网页,朱镕基,价格 99 元</p><script>done()</script>")
                                .replace("utf-8", "gbk")
                                .getBytes(Charset.forName("GBK")));
            case "blocked" -> {
                visit.status(403);
                visit.html(frame("blocked", "<h1>403 Forbidden</h1><p>您的访问被拒绝</p>"));
            }
            case "everything" -> {
                StringBuilder frames = new StringBuilder();
                for (String each : FRAMED) {
                    frames.append("<iframe width=300 height=80 src='/p/")
                            .append(each)
                            .append("'></iframe>");
                }
                visit.html(frame("everything", frames + "<script>onload = done</script>"));
            }
            case "hang" -> Thread.sleep(TimeUnit.SECONDS.toMillis(DRIP_SECONDS));
            case "drip" -> {
                visit.set("Content-Type", "text/html; charset=utf-8");
                visit.write(utf8("<!doctype html><meta charset=utf-8><title>drip</title><p>开头已经到了。"));
                for (int i = 0; i < DRIP_SECONDS; i++) {
                    TimeUnit.SECONDS.sleep(1);
                    visit.write(utf8("<p>第 " + i + " 秒"));
                }
            }
            case "redirected" -> {
                visit.status(302).set("Location", "/r/hop?n=2&to=/p/plain");
                visit.html("<p>moved</p>");
            }
            default -> {
                String body = PAGES.get(name);
                if (body == null) {
                    return false;
                }
                if (name.equals("early-hints")) {
                    visit.interim(103, "Link", "</r/plain.css>; rel=preload; as=style");
                }
                visit.html(name.equals("empty") ? "" : frame(name, fill(visit, body)));
            }
        }
        return true;
    }

    private static String fill(Visit visit, String body) {
        int n = intQuery(visit, "n", 300, 2000);
        int px = intQuery(visit, "px", 60_000, 200_000);
        String host = String.valueOf(visit.header("Host"));
        return body.replace("{{query}}", String.valueOf(visit.query("in")))
                // The same server under another name is another site to the browser.
                .replace("{{other}}", "//" + host.replace("localhost", "other.localhost"))
                .replace("{{internal}}", internal(intQuery(visit, "port", 8089, 65_535)))
                .replace(
                        "{{lazy}}",
                        repeat(
                                60,
                                "<p style='height:700px'>第 %1$d 张 <img loading=lazy width=40 height=40 src='/r/dot.svg?lazy=%1$d'>"))
                .replace("{{many}}", repeat(n, "<img width=24 height=24 src='/r/dot.svg?many=%1$d'>"))
                .replace("{{tall}}", tall(px))
                .replace("{{mb}}", String.valueOf(intQuery(visit, "mb", 1, 4096)))
                .replace("{{seconds}}", String.valueOf(intQuery(visit, "seconds", 0, DRIP_SECONDS)))
                .replace("+ mb", "+ " + intQuery(visit, "mb", 50, 4096));
    }

    /** The browser refuses some ports itself (1, 9, 22…); the recorder is asked only for others. */
    private static String internal(int port) {
        StringBuilder html = new StringBuilder();
        List<String> here = List.of(
                "http://127.0.0.1:" + port + "/",
                "http://localhost:" + port + "/",
                "http://[::1]:" + port + "/",
                "http://0x7f000001:" + port + "/",
                "http://2130706433:" + port + "/",
                "http://0177.0.0.1:" + port + "/",
                "http://0.0.0.0:" + port + "/",
                "http://[::ffff:127.0.0.1]:" + port + "/");
        List<String> near =
                List.of("http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://192.168.0.1/");
        for (List<String> addresses : List.of(here, near)) {
            for (String address : addresses) {
                html.append("<img src='").append(address).append("img'>");
            }
        }
        String first = here.get(0);
        html.append("<img src='/r/to?url=").append(first).append("redirected'>");
        html.append("<iframe src='").append(first).append("frame'></iframe>");
        html.append("<link rel=preconnect href='").append(first).append("'>");
        return html.append("<script>new WebSocket('ws://127.0.0.1:")
                .append(port)
                .append("/'); fetch('")
                .append(first)
                .append("fetch').catch(() => 0)</script>")
                .toString();
    }

    /** Bands of 500 px whose colour tells their number, so that a picture can be checked pixel by pixel. */
    private static String tall(int px) {
        StringBuilder html =
                new StringBuilder("<style>body{margin:0}b{display:block;height:500px;font:20px sans-serif}</style>");
        for (int i = 0; i * 500 < px; i++) {
            html.append(String.format(Locale.ROOT, "<b style='background:%s'>%d px</b>", bandColour(i), i * 500));
        }
        return html.toString();
    }

    /** CSS colour of band {@code i} of {@code /p/tall}: red and green carry the number, blue is 128. */
    public static String bandColour(int i) {
        return String.format(Locale.ROOT, "#%02x%02x80", (i * 37) & 0xff, (i * 101 + 40) & 0xff);
    }

    private static boolean resource(Visit visit, String name) throws IOException, InterruptedException {
        switch (name) {
            case "dot.svg" -> visit.set("Cache-Control", "no-store").send("image/svg+xml", dot(visit.target()));
            case "plain.css" -> visit.send("text/css", utf8("body{color:#234}"));
            case "coded" -> coded(visit, String.valueOf(visit.query("as")));
            case "take" -> {
                byte[] body = visit.body();
                visit.text("took " + body.length);
            }
            case "hop" -> hop(visit);
            case "to" ->
                visit.status(302)
                        .set("Location", String.valueOf(visit.query("url")))
                        .text("moved");
            case "status" -> {
                int code = intQuery(visit, "code", 404, 599);
                visit.status(code);
                if (code != 204) {
                    visit.text("状态 " + code);
                }
            }
            case "noise" -> noise(visit);
            case "chunked" -> {
                visit.set("Content-Type", "text/plain; charset=utf-8").trailer("X-Checksum", "abc123");
                for (int i = 0; i < 5; i++) {
                    visit.write(utf8("块 " + i + "\n"));
                }
            }
            case "sw.js" -> visit.set("Service-Worker-Allowed", "/").send("text/javascript", utf8("""
                                    importScripts('/r/sw-part.js');
                                    oninstall = (e) => { skipWaiting(); e.waitUntil(caches.open('v1').then((c) => c.addAll(['/r/dot.svg?from=cache']))); };
                                    onactivate = (e) => e.waitUntil(clients.claim());
                                    onfetch = (e) => { if (e.request.url.includes('from=cache')) e.respondWith(caches.match(e.request)); };
                                    """));
            case "sw-part.js" -> visit.send("text/javascript", utf8("// imported"));
            case "worker.js" ->
                visit.send(
                        "text/javascript",
                        utf8(
                                "fetch('/r/take?k=worker').then((r) => r.text()).then((t) => postMessage('worker ' + t))"));
            case "events" -> {
                visit.set("Content-Type", "text/event-stream");
                int events = intQuery(visit, "n", 5, 6000);
                for (int i = 1; i <= events; i++) {
                    visit.write(utf8("data: 事件" + i + "\n\n"));
                    Thread.sleep(50);
                }
            }
            case "secret" -> {
                if (visit.header("Authorization") == null) {
                    visit.status(401)
                            .set("WWW-Authenticate", "Basic realm=\"demo\"")
                            .text("需要登录");
                } else {
                    visit.text("secret");
                }
            }
            case "tone.wav" -> ranged(visit, WAV, "audio/wav");
            case "etag" -> {
                visit.set("ETag", "\"one\"").set("Cache-Control", "no-cache");
                if ("\"one\"".equals(visit.header("If-None-Match"))) {
                    visit.status(304);
                } else {
                    visit.text("etag one");
                }
            }
            case "cors" -> {
                visit.set("Access-Control-Allow-Origin", String.valueOf(visit.header("Origin")))
                        .set("Access-Control-Allow-Methods", "PUT")
                        .set("Access-Control-Allow-Headers", "X-Custom");
                byte[] body = visit.body();
                visit.text(visit.method() + " " + body.length);
            }
            case "header" -> visit.set("X-Long", "h".repeat(15_000)).text("long header");
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void coded(Visit visit, String coding) throws IOException {
        byte[] plain = utf8("铁证 " + coding + ": " + "the same words again and again. ".repeat(200));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        switch (coding) {
            case "gzip" -> {
                try (OutputStream gzip = new GZIPOutputStream(out)) {
                    gzip.write(plain);
                }
            }
            case "deflate" -> {
                try (OutputStream deflate = new DeflaterOutputStream(out)) {
                    deflate.write(plain);
                }
            }
            case "br" -> out.writeBytes(BROTLI);
            default -> {
                visit.send("text/plain; charset=utf-8", plain);
                return;
            }
        }
        visit.set("Content-Encoding", coding).send("text/plain; charset=utf-8", out.toByteArray());
    }

    private static void hop(Visit visit) throws IOException {
        int n = intQuery(visit, "n", 1, 20);
        String to = visit.query("to");
        if (n == 0) {
            if (to != null) {
                visit.status(302).set("Location", to).html("<p>last hop</p>");
            } else {
                visit.html("<p>到了</p>");
            }
            return;
        }
        visit.status(n % 2 == 0 ? 302 : 301).set("Location", "/r/hop?n=" + (n - 1) + (to == null ? "" : "&to=" + to));
        visit.html("<p>跳转 " + n + "</p>");
    }

    /** {@code mb} MiB of bytes that do not compress, the same ones each time. */
    private static void noise(Visit visit) throws IOException, InterruptedException {
        int mb = intQuery(visit, "mb", 50, 4096);
        long pauseMillis = TimeUnit.SECONDS.toMillis(intQuery(visit, "seconds", 0, DRIP_SECONDS)) / mb / 16;
        visit.set("Content-Type", "application/octet-stream").set("Content-Length", Long.toString((long) mb << 20));
        if (visit.query("attach") != null) {
            visit.set("Content-Disposition", "attachment; filename=\"noise.bin\"");
        }
        Random random = new Random(mb);
        byte[] part = new byte[1 << 16];
        random.nextBytes(part);
        OutputStream out = visit.stream();
        for (int i = 0; i < mb * 16; i++) {
            part[0] = (byte) i;
            part[1] = (byte) (i >> 8);
            out.write(part);
            if (pauseMillis > 0) {
                Thread.sleep(pauseMillis);
            }
        }
    }

    private static void ranged(Visit visit, byte[] content, String type) throws IOException {
        visit.set("Accept-Ranges", "bytes");
        @Nullable String header = visit.header("Range");
        Matcher range = RANGE.matcher(header == null ? "" : header);
        if (!range.matches()) {
            visit.send(type, content);
            return;
        }
        int from = Math.min(Integer.parseInt(range.group(1)), content.length - 1);
        int to = range.group(2).isEmpty()
                ? content.length - 1
                : Math.min(Integer.parseInt(range.group(2)), content.length - 1);
        byte[] part = java.util.Arrays.copyOfRange(content, from, Math.max(from, to) + 1);
        visit.status(206)
                .set("Content-Range", "bytes " + from + "-" + to + "/" + content.length)
                .send(type, part);
    }

    private static int intQuery(Visit visit, String name, int otherwise, int most) {
        String text = visit.query(name);
        return text != null && text.matches("\\d{1,9}") ? Math.min(Integer.parseInt(text), most) : otherwise;
    }

    private static String repeat(int n, String format) {
        StringBuilder html = new StringBuilder();
        for (int i = 1; i <= n; i++) {
            html.append(String.format(Locale.ROOT, format, i));
        }
        return html.toString();
    }

    private static byte[] dot(String seed) {
        return utf8(String.format(
                Locale.ROOT,
                "<svg xmlns='http://www.w3.org/2000/svg' width='24' height='24'><!-- %s --><circle cx='12' cy='12' r='10' fill='hsl(%d 60%% 50%%)'/></svg>",
                seed.replace("--", "-"),
                (seed.hashCode() & 0x7fffffff) % 360));
    }

    private static String frame(String name, String body) {
        return "<!doctype html><html lang=zh-CN><head><meta charset=utf-8><title>" + name
                + "</title><script>const done = () => { document.title = 'done: " + name
                + "'; };</script></head><body><h1>" + name + "</h1>" + body + "</body></html>";
    }

    /** Two minutes of a quiet 440 Hz tone, 8 kHz, 8 bit. */
    private static byte[] wav() {
        int samples = 8000 * 120;
        ByteBuffer wav = ByteBuffer.allocate(44 + samples).order(ByteOrder.LITTLE_ENDIAN);
        wav.put(utf8("RIFF")).putInt(36 + samples).put(utf8("WAVEfmt ")).putInt(16);
        wav.putShort((short) 1)
                .putShort((short) 1)
                .putInt(8000)
                .putInt(8000)
                .putShort((short) 1)
                .putShort((short) 8);
        wav.put(utf8("data")).putInt(samples);
        for (int i = 0; i < samples; i++) {
            wav.put((byte) (128 + 20 * Math.sin(2 * Math.PI * 440 * i / 8000)));
        }
        return wav.array();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
