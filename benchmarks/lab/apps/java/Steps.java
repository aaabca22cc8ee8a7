import java.io.FileInputStream;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.logging.Level;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What a route is made of: calls, queries, files, work. */
final class Steps {
    private static final Random RNG = new Random();
    private final Service service;
    private final SSLContext tls;
    private volatile Semaphore gate;

    Steps(Service service) throws Exception {
        this.service = service;
        tls = service.spec.get("ca") instanceof String file ? trusting(file) : null;
    }

    private static SSLContext trusting(String file) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var in = new FileInputStream(file)) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext made = SSLContext.getInstance("TLS");
        made.init(null, trust.getTrustManagers(), null);
        return made;
    }

    /** One that remembers no session, where connections are always fresh: it sees each certificate. */
    private SSLContext context() throws IOException {
        if (!Boolean.TRUE.equals(service.spec.get("fresh"))) return tls;
        try {
            return trusting((String) service.spec.get("ca"));
        } catch (Exception error) {
            throw new IOException("no trust store", error);
        }
    }

    void run(List<Object> steps, Map<String, Object> item) throws Exception {
        for (Object raw : steps) {
            List<Object> step = Json.list(raw);
            Object last = step.get(step.size() - 1);
            Map<String, Object> options = last instanceof Map ? Json.map(last) : Map.of();
            if (options.get("flag") instanceof String flag && !Boolean.TRUE.equals(service.flags.get(flag))) {
                continue;
            }
            if (options.get("share") instanceof Number share && RNG.nextDouble() > share.doubleValue()) {
                continue;
            }
            one((String) step.get(0), step, options, item);
        }
    }

    private void one(String name, List<Object> step, Map<String, Object> options, Map<String, Object> item)
            throws Exception {
        switch (name) {
            case "call" -> call(item, (String) step.get(1), (String) step.get(2), options);
            case "query" -> query(item, (String) step.get(1), options);
            case "work" -> work(((Number) step.get(1)).doubleValue());
            case "wait" -> Thread.sleep((long) (-Math.log(1 - RNG.nextDouble()) * ((Number) step.get(1)).doubleValue()));
            case "gate" -> pass(((Number) step.get(1)).intValue(), ((Number) step.get(2)).doubleValue());
            case "spool" -> spool(item, (String) step.get(1), options);
            case "say" -> say((String) step.get(1), ((String) step.get(2)), item);
            case "feature" -> Features.run(service, (String) step.get(1), options, item);
            default -> throw new IllegalStateException("no step " + name);
        }
    }

    private static void say(String level, String text, Map<String, Object> item) {
        Level told = switch (level) {
            case "error" -> Level.SEVERE;
            case "warning" -> Level.WARNING;
            default -> Level.INFO;
        };
        String number = String.valueOf(2 + RNG.nextInt(898));
        Journal.say(told, text.replace("$id", item.get("id").toString()).replace("$n", number), null);
    }

    private static String told(Throwable error) {
        String text = error.getClass().getName() + ": " + error.getMessage();
        return error.getCause() == null ? text : text + "; nested exception is " + told(error.getCause());
    }

    private void call(Map<String, Object> item, String target, String url, Map<String, Object> options)
            throws Exception {
        int tries = 1 + Service.number(options, "retries", 0);
        double seconds = options.get("timeout") instanceof Number n ? n.doubleValue() : 3;
        int status = 0;
        boolean late = false;
        String text = "";
        for (int attempt = 1; attempt <= tries; attempt++) {
            long started = System.nanoTime();
            late = false;
            try {
                String asked = URLEncoder.encode(item.get("q").toString(), StandardCharsets.UTF_8);
                String filled = url.replace("$id", item.get("id").toString()).replace("$q", asked);
                status = get(filled, item, (int) (seconds * 1000));
                text = service.phrase("answered", "target", target, "status", String.valueOf(status));
            } catch (IOException error) {
                status = 0;
                late = error instanceof SocketTimeoutException;
                double ms = (System.nanoTime() - started) / 1e6;
                text = service.phrase("lost", "target", target, "error", told(error),
                        "took", String.format("%.2f", ms / 1000), "ms", String.format("%.0f", ms));
            }
            String outcome = status == 200 ? "ok" : status == 0 ? "error" : String.valueOf(status);
            Metrics.count("outgoing_requests_total", "target=\"" + target + "\",outcome=\"" + outcome + "\"", 1);
            if (status == 200) return;
            if (attempt < tries) {
                Journal.warn(text + ", retrying (" + attempt + "/" + (tries - 1) + ")");
                Thread.sleep(50L * attempt);
            }
        }
        if (Boolean.TRUE.equals(options.get("optional"))) {
            Journal.warn(text + ", using default");
            return;
        }
        throw new Failure(status == 429 ? 503 : late ? 504 : 502, text);
    }

    private int get(String url, Map<String, Object> item, int milliseconds) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
        if (connection instanceof HttpsURLConnection secure && tls != null) {
            secure.setSSLSocketFactory(context().getSocketFactory());
        }
        connection.setConnectTimeout(milliseconds);
        connection.setReadTimeout(milliseconds);
        connection.setRequestProperty("X-Request-ID", item.get("rid").toString());
        if (item.get("token") instanceof String token) connection.setRequestProperty("Authorization", token);
        if (Boolean.TRUE.equals(service.spec.get("fresh"))) connection.setRequestProperty("Connection", "close");
        int status = connection.getResponseCode();
        try (var in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            if (in != null) in.readAllBytes();
        }
        return status;
    }

    private void query(Map<String, Object> item, String sql, Map<String, Object> options) throws Exception {
        int limit = Service.number(Json.map(service.spec.get("db")), "command_timeout", 10);
        try (Connection connection = service.pool.getConnection()) {
            if (Boolean.TRUE.equals(options.get("pair"))) {
                both(connection, sql, options);
            } else {
                for (int round = Math.max(1, Service.number(options, "repeat", 1)); round > 0; round--) {
                    execute(connection, sql, item, options, limit);
                }
            }
            if (options.get("hold") instanceof Number hold) Thread.sleep((long) (hold.doubleValue() * 1000));
        } catch (SQLTransientConnectionException error) {
            throw new Failure(503, service.phrase("busy", "wait", "2") + ": " + told(error));
        } catch (SQLTimeoutException error) {
            throw new Failure(504, service.phrase("late", "error", told(error)));
        } catch (SQLException error) {
            boolean late = "57014".equals(error.getSQLState());
            throw new Failure(late ? 504 : 500, service.phrase(late ? "late" : "refused", "error", told(error)));
        }
    }

    private static void execute(Connection connection, String sql, Map<String, Object> item,
            Map<String, Object> options, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql.replaceAll("\\$\\d", "?"))) {
            statement.setQueryTimeout(limit);
            int place = 1;
            for (Object name : Json.list(options.get("args"))) {
                if (name.equals("text")) statement.setString(place++, item.get("rid").toString());
                else statement.setInt(place++, ((Number) item.get("id")).intValue());
            }
            statement.execute();
        }
    }

    private static void both(Connection connection, String sql, Map<String, Object> options) throws Exception {
        boolean sorted = !Boolean.FALSE.equals(options.get("sorted"));
        int first = sorted || RNG.nextBoolean() ? 1 : 2;
        connection.setAutoCommit(false);
        try (PreparedStatement statement = connection.prepareStatement(sql.replaceAll("\\$\\d", "?"))) {
            for (int row : new int[] {first, 3 - first}) {
                statement.setInt(1, row);
                statement.execute();
                if (row == first) Thread.sleep((long) (((Number) options.get("between")).doubleValue() * 1000));
            }
            connection.commit();
        } catch (SQLException error) {
            connection.rollback();
            throw error;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private static void work(double milliseconds) throws Exception {
        var threads = java.lang.management.ManagementFactory.getThreadMXBean();
        long until = threads.getCurrentThreadCpuTime() + (long) (milliseconds * 1e6);
        byte[] digest = new byte[32];
        while (threads.getCurrentThreadCpuTime() < until) {
            for (int round = 0; round < 200; round++) digest = MessageDigest.getInstance("SHA-256").digest(digest);
        }
    }

    private void pass(int slots, double milliseconds) throws Exception {
        synchronized (this) {
            if (gate == null) gate = new Semaphore(slots, true);
        }
        gate.acquire();
        try {
            Thread.sleep((long) (milliseconds * (0.8 + RNG.nextDouble() * 0.4)));
        } finally {
            gate.release();
        }
    }

    private static void spool(Map<String, Object> item, String folder, Map<String, Object> options) throws Failure {
        Path path = Path.of(folder, item.get("rid") + "-" + RNG.nextInt(1_000_000_000) + ".pdf");
        try {
            Files.write(path, new byte[Service.number(options, "bytes", 2000)]);
        } catch (IOException error) {
            throw new Failure(500, "could not store document: " + told(error));
        }
    }
}
