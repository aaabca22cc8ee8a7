import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URL;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** billing: a small service on PostgreSQL through HikariCP, logging with logback. */
public class Billing {
    static final Logger log = LoggerFactory.getLogger(Billing.class);
    static final List<byte[]> cache = new ArrayList<>();
    static HikariDataSource pool;

    interface Handler { void handle(HttpExchange exchange) throws Exception; }

    static int number(HttpExchange exchange, int fallback) {
        String query = exchange.getRequestURI().getQuery();
        return query == null ? fallback : Integer.parseInt(query.split("=")[1]);
    }

    static void route(HttpServer server, String path, Handler handler) {
        server.createContext(path, exchange -> {
            long started = System.nanoTime();
            int status = 200;
            try {
                handler.handle(exchange);
            } catch (Throwable error) {
                status = 500;
                log.error("request {} failed", exchange.getRequestURI(), error);
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
            log.info("{} {} {} {}ms", exchange.getRequestMethod(), exchange.getRequestURI(), status, (System.nanoTime() - started) / 1_000_000);
        });
    }

    static void query(String sql, int value) throws Exception {
        try (Connection connection = pool.getConnection(); PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, value);
            statement.executeQuery();
        }
    }

    public static void main(String[] args) throws Exception {
        if (System.getenv("NO_DATABASE") == null) {
            HikariConfig config = new HikariConfig();
            config.setJdbcUrl("jdbc:postgresql://127.0.0.1:5432/shop");
            config.setUsername("shop");
            config.setMaximumPoolSize(Integer.getInteger("pool", 4));
            config.setConnectionTimeout(Integer.getInteger("wait", 2000));
            pool = new HikariDataSource(config);
        }
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 8082), 50);
        server.setExecutor(Executors.newFixedThreadPool(24));
        route(server, "/invoices", exchange -> { if (pool != null) query("select * from orders where id = ?", number(exchange, 7)); });
        route(server, "/batch", exchange -> query("select pg_sleep(?)", number(exchange, 1)));
        route(server, "/statements", exchange -> { cache.add(new byte[number(exchange, 1) << 20]); log.info("statement cache now {} entries", cache.size()); });
        route(server, "/rates", exchange -> {
            HttpURLConnection call = (HttpURLConnection) new URL("http://127.0.0.1:8090/stock/1").openConnection();
            call.setConnectTimeout(1000);
            call.setReadTimeout(1000);
            call.getResponseCode();
        });
        server.start();
        log.info("billing started, pool={} jvm max heap {} MiB", Integer.getInteger("pool", 4), Runtime.getRuntime().maxMemory() >> 20);
    }
}
