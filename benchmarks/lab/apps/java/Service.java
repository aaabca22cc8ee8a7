import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A small service of a made-up company on a thread pool: the routes of service.py, with JDBC. */
final class Service {
    private static final int THREADS = 16;
    final Map<String, Object> spec;
    final ConcurrentLinkedQueue<Object> hoard = new ConcurrentLinkedQueue<>();
    final ThreadPoolExecutor workers;
    final HikariDataSource pool;
    volatile Map<String, Object> flags;
    private final Path path;
    private final Steps steps;

    Service(Path path) throws Exception {
        this.path = path;
        spec = Json.map(Json.read(Files.readString(path)));
        flags = Json.map(spec.get("flags"));
        Journal.open(spec);
        Journal.info("Starting " + spec.get("name") + " " + spec.get("version") + " using Java "
                + System.getProperty("java.version"));
        workers = new ThreadPoolExecutor(THREADS, THREADS, 1, TimeUnit.MINUTES,
                new LinkedBlockingQueue<>(), named("http-nio-" + number(spec, "port", 0) + "-exec-"));
        workers.prestartAllCoreThreads();
        steps = new Steps(this);
        for (Object step : Json.list(spec.get("start_with"))) {
            steps.run(List.of(step), new HashMap<>(Map.of("id", 1, "rid", "-", "q", "")));
        }
        pool = spec.containsKey("db") ? database(Json.map(spec.get("db"))) : null;
    }

    private static ThreadFactory named(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread made = new Thread(task, prefix + count.incrementAndGet());
            made.setDaemon(true);
            return made;
        };
    }

    static int number(Map<String, Object> from, String key, int otherwise) {
        return from.get(key) instanceof Number found ? found.intValue() : otherwise;
    }

    private HikariDataSource database(Map<String, Object> settings) {
        String dsn = (String) settings.get("dsn");
        String[] halves = dsn.substring("postgresql://".length()).split("@");
        String[] who = halves[0].split(":", 2);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:postgresql://" + halves[1] + "?ApplicationName=" + spec.get("name"));
        config.setUsername(who[0]);
        config.setPassword(who[1]);
        config.setMaximumPoolSize(number(settings, "pool", 6));
        config.setMinimumIdle(1);
        config.setConnectionTimeout(2000);
        config.setValidationTimeout(1000);
        config.setInitializationFailTimeout(-1);
        config.addDataSourceProperty("socketTimeout", number(settings, "command_timeout", 10) + 1);
        config.addDataSourceProperty("connectTimeout", 2);
        return new HikariDataSource(config);
    }

    String phrase(String name, String... gaps) {
        String text = (String) Json.map(spec.get("phrases")).get(name);
        for (int i = 0; i < gaps.length; i += 2) text = text.replace("{" + gaps[i] + "}", gaps[i + 1]);
        return text;
    }

    private void serve() throws Exception {
        int port = number(spec, "port", 0);
        ServerSocket server = new ServerSocket();
        server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        server.bind(new InetSocketAddress(InetAddress.getByName((String) spec.get("addr")), port), 128);
        Journal.info("Started " + spec.get("name") + ", listening on " + spec.get("addr") + ":" + port);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            Journal.info("SIGTERM received, commencing graceful shutdown");
            try {
                server.close();
                Thread.sleep(1500);
            } catch (Exception ignored) {
                Thread.currentThread().interrupt();
            }
        }, "SpringApplicationShutdownHook"));
        start("flags", this::watch);
        for (Object entry : Json.list(spec.get("background"))) {
            start("scheduling-1", () -> repeat(Json.map(entry)));
        }
        while (true) {
            Socket socket;
            try {
                socket = server.accept();
            } catch (java.net.SocketException closed) {
                Thread.sleep(5000);
                return;
            }
            workers.execute(() -> answer(socket));
        }
    }

    private static void start(String name, Runnable work) {
        Thread made = new Thread(work, name);
        made.setDaemon(true);
        made.start();
    }

    private void watch() {
        while (true) {
            try {
                Thread.sleep(500);
                int waiting = workers.getQueue().size();
                if (waiting > 5) {
                    Journal.warn("all " + THREADS + " request threads are busy, " + waiting
                            + " requests wait in the accept queue");
                    Thread.sleep(1000);
                }
                var fresh = Json.map(Json.map(Json.read(Files.readString(path))).get("flags"));
                fresh.forEach((name, value) -> {
                    if (!value.equals(flags.get(name))) {
                        Journal.info("flag changed flag=" + name + " value=" + value);
                    }
                });
                flags = fresh;
            } catch (Exception error) {
                Journal.warn("flags not read: " + error);
            }
        }
    }

    private void repeat(Map<String, Object> entry) {
        for (int number = 1; ; number++) {
            try {
                if (entry.get("every") instanceof Number every) {
                    Thread.sleep((long) (every.doubleValue() * 1000));
                }
                Map<String, Object> item = new HashMap<>(Map.of("id", number, "rid", "bg-" + number, "q", ""));
                steps.run(Json.list(entry.get("steps")), item);
            } catch (Exception error) {
                Journal.error("scheduled task failed", error);
            }
        }
    }

    private void answer(Socket socket) {
        try (socket) {
            socket.setSoTimeout(10000);
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
            String first = in.readLine();
            if (first == null) return;
            Map<String, String> headers = new HashMap<>();
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                int colon = line.indexOf(':');
                headers.put(line.substring(0, colon).toLowerCase(), line.substring(colon + 1).strip());
            }
            String[] words = first.split(" ");
            String[] target = words[1].split("\\?", 2);
            int status = 200;
            String body = "{\"ok\":true}";
            if (target[0].equals("/metrics")) {
                body = Metrics.text(this);
            } else if (!target[0].equals("/healthz")) {
                status = handle(words[0], target, headers, socket);
                if (status != 200) body = "{\"ok\":false,\"status\":" + status + "}";
            }
            String type = target[0].equals("/metrics") ? "text/plain; version=0.0.4" : "application/json";
            socket.getOutputStream().write(("HTTP/1.1 " + status + " -\r\nContent-Type: " + type
                    + "\r\nContent-Length: " + body.length() + "\r\nConnection: close\r\n\r\n" + body)
                    .getBytes(StandardCharsets.UTF_8));
        } catch (java.io.IOException gone) {
            Journal.say(java.util.logging.Level.INFO, "client closed the connection: " + gone.getMessage(), null);
        }
    }

    private int handle(String method, String[] target, Map<String, String> headers, Socket socket) {
        Map<String, Object> item = new HashMap<>(Map.of("id", 1, "q", ""));
        if (target.length > 1) {
            for (String pair : target[1].split("&")) {
                String[] half = pair.split("=", 2);
                String value = half.length > 1 ? URLDecoder.decode(half[1], StandardCharsets.UTF_8) : "";
                item.put(half[0], half[0].equals("id") ? (Object) Integer.parseInt(value) : value);
            }
        }
        String rid = headers.getOrDefault("x-request-id", UUID.randomUUID().toString().substring(0, 16));
        item.put("rid", rid);
        item.put("token", headers.getOrDefault("authorization", ""));
        long started = System.nanoTime();
        int status = 200;
        try {
            Object route = Json.map(spec.get("routes")).get(target[0]);
            if (route == null) return 404;
            steps.run(Json.list(route), item);
        } catch (Failure failure) {
            status = failure.status;
            String text = failure.getMessage() + " [path=" + target[0] + " requestId=" + rid + "]";
            if (status < 500) Journal.warn(text);
            else Journal.error(text, null);
        } catch (Exception error) {
            status = 500;
            Journal.error("unhandled exception in " + method + " " + target[0] + " [requestId=" + rid + "]", error);
        }
        double ms = (System.nanoTime() - started) / 1e6;
        Metrics.count("http_requests_total",
                "method=\"" + method + "\",path=\"" + target[0] + "\",status=\"" + status + "\"", 1);
        Metrics.observe(target[0], ms / 1000);
        Journal.info(String.format("%s %s from %s status=%d took %.0f ms requestId=%s", method, target[0],
                socket.getInetAddress().getHostAddress(), status, ms, rid));
        return status;
    }

    public static void main(String[] arguments) throws Exception {
        Security.setProperty("networkaddress.cache.ttl", "2");
        Security.setProperty("networkaddress.cache.negative.ttl", "1");
        new Service(Path.of(arguments[0])).serve();
    }
}
