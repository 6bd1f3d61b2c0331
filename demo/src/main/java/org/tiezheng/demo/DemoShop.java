package org.tiezheng.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A tea shop in Chinese with claims that advertising law forbids: home {@code /}, {@code /list}, {@code
 * /detail?sku=T001}, {@code /licence}. Prices and visitor count come by script, pictures further down load lazily.
 */
public final class DemoShop implements Site {
    private static final String[] NAMES = {
        "明前龙井 特级", "高山云雾 一级", "安神桂圆红枣茶", "降压菊花决明子茶", "陈年普洱 熟饼", "正山小种 桐木关",
        "铁观音 清香型", "茉莉花茶 七窨", "白毫银针 头春", "金骏眉 芽尖", "六安瓜片 手工", "荷叶山楂消脂茶"
    };
    private static final int[] HUES = {96, 140, 18, 52, 24, 8, 110, 70, 88, 30, 128, 160};
    private static final Pattern SKU = Pattern.compile("T(\\d{3})");
    private static final Pattern CARDS = Pattern.compile("\\{\\{(cards|lazy):(\\d+)}}");

    private final AtomicInteger visitors = new AtomicInteger(238);

    @Override
    public boolean serve(Visit visit) throws IOException {
        switch (visit.path()) {
            case "/" -> visit.html(page("index.html"));
            case "/list" -> visit.html(page("list.html"));
            case "/licence" -> visit.html(page("licence.html"));
            case "/detail" -> {
                int number = number(String.valueOf(visit.query("sku")));
                if (number == 0) {
                    return false;
                }
                visit.html(page("detail.html").replace("{{name}}", name(number)).replace("{{sku}}", sku(number)));
            }
            case "/style.css" ->
                visit.set("Cache-Control", "max-age=3600").send("text/css; charset=utf-8", resource("style.css"));
            case "/shop.js" -> visit.send("text/javascript; charset=utf-8", resource("shop.js"));
            case "/api/price" -> price(visit);
            case "/api/visit" -> {
                byte[] ignored = visit.body();
                visit.send(
                        "application/json",
                        utf8("{\"visitor\":" + visitors.incrementAndGet() + ",\"read\":" + ignored.length + "}"));
            }
            default -> {
                return visit.path().startsWith("/img/") && picture(visit);
            }
        }
        return true;
    }

    private static void price(Visit visit) throws IOException {
        int number = number(String.valueOf(visit.query("sku")));
        visit.set("Cache-Control", "no-store")
                .send(
                        "application/json; charset=utf-8",
                        utf8("{\"sku\":\"" + sku(number) + "\",\"priceFen\":" + (5800 + number * 730) + ",\"sold\":"
                                + (number * 97 % 4000 + 12) + "}"));
    }

    private static boolean picture(Visit visit) throws IOException {
        String name = visit.path().substring("/img/".length());
        String svg;
        if (name.equals("hero.svg")) {
            svg = hero();
        } else if (name.equals("leaf.svg")) {
            svg =
                    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><path d='M4 28C4 10 14 4 28 4c0 16-8 24-24 24z' fill='#2f6b4f'/></svg>";
        } else if (name.endsWith(".svg") && number(name.substring(0, name.length() - 4)) > 0) {
            svg = tin(number(name.substring(0, name.length() - 4)));
        } else {
            return false;
        }
        visit.set("Cache-Control", "max-age=3600").send("image/svg+xml", utf8(svg));
        return true;
    }

    private static String page(String file) throws IOException {
        Matcher cards = CARDS.matcher(new String(resource(file), StandardCharsets.UTF_8));
        return cards.replaceAll(match -> {
            boolean lazy = match.group(1).equals("lazy");
            StringBuilder html = new StringBuilder();
            for (int i = 1; i <= Integer.parseInt(match.group(2)); i++) {
                int number = lazy ? i + 8 : i;
                html.append(String.format(
                        Locale.ROOT,
                        "<a class=\"card\" href=\"/detail?sku=%s\"><img src=\"/img/%s.svg\"%s alt=\"\"><p>%s</p><p class=\"price\" data-sku=\"%s\">…</p></a>",
                        sku(number),
                        sku(number),
                        lazy ? " loading=\"lazy\"" : "",
                        name(number),
                        sku(number)));
            }
            return Matcher.quoteReplacement(html.toString());
        });
    }

    private static String name(int number) {
        String base = NAMES[(number - 1) % NAMES.length];
        return number <= NAMES.length ? base : base + " 礼盒装";
    }

    private static String sku(int number) {
        return String.format(Locale.ROOT, "T%03d", number);
    }

    /** 1 to 36, or 0 if there is no such product. */
    private static int number(String sku) {
        Matcher matcher = SKU.matcher(sku);
        int number = matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
        return number <= 36 ? number : 0;
    }

    private static String tin(int number) {
        int hue = HUES[(number - 1) % HUES.length];
        return String.format(Locale.ROOT, """
                <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 400'>
                <rect width='400' height='400' fill='hsl(%1$d 30%% 90%%)'/>
                <ellipse cx='200' cy='338' rx='105' ry='14' fill='hsl(%1$d 15%% 75%%)'/>
                <rect x='110' y='110' width='180' height='226' rx='14' fill='hsl(%1$d 38%% 38%%)'/>
                <rect x='102' y='84' width='196' height='40' rx='10' fill='hsl(%1$d 38%% 28%%)'/>
                <rect x='138' y='170' width='124' height='110' rx='6' fill='#f7f1e2'/>
                <path d='M170 256c0-44 22-60 60-60 0 42-20 60-60 60z' fill='hsl(%1$d 45%% 40%%)'/>
                <text x='200' y='320' font-size='22' text-anchor='middle' fill='#f7f1e2' font-family='Noto Sans CJK SC,sans-serif'>云溪 %2$02d</text>
                </svg>
                """, hue, number);
    }

    private static String hero() {
        return """
                <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 700 480' preserveAspectRatio='xMidYMid slice'>
                <defs><linearGradient id='s' x2='0' y2='1'><stop stop-color='#f6e7c8'/><stop offset='1' stop-color='#dfe9dc'/></linearGradient></defs>
                <rect width='700' height='480' fill='url(#s)'/><circle cx='540' cy='110' r='46' fill='#e9a15b'/>
                <path d='M0 300q120-130 240-40t220-60 240 30v250H0z' fill='#9dbb9f'/>
                <path d='M0 360q160-110 320-30t380-50v200H0z' fill='#5f9272'/>
                <path d='M0 430q200-80 380-20t320-30v100H0z' fill='#2f6b4f'/>
                </svg>
                """;
    }

    private static byte[] resource(String file) throws IOException {
        try (InputStream in = DemoShop.class.getResourceAsStream("shop/" + file)) {
            if (in == null) {
                throw new IOException("missing resource shop/" + file);
            }
            return in.readAllBytes();
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
