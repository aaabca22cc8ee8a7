import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.DoubleAdder;

/** Counters by name and labels, and what the machine knows of itself, as Prometheus reads them. */
final class Metrics {
    private static final double[] BUCKETS = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
    private static final Map<String, DoubleAdder> COUNTS = new ConcurrentHashMap<>();

    private Metrics() {}

    static void count(String name, String labels, double by) {
        COUNTS.computeIfAbsent(name + "{" + labels + "}", key -> new DoubleAdder()).add(by);
    }

    static void observe(String path, double seconds) {
        String label = "path=\"" + path + "\"";
        for (double le : BUCKETS) {
            int hit = seconds <= le ? 1 : 0;
            count("http_request_duration_seconds_bucket", label + ",le=\"" + le + "\"", hit);
        }
        count("http_request_duration_seconds_bucket", label + ",le=\"+Inf\"", 1);
        count("http_request_duration_seconds_count", label, 1);
        count("http_request_duration_seconds_sum", label, seconds);
    }

    static String text(Service service) {
        StringBuilder out = new StringBuilder();
        new TreeMap<>(COUNTS).forEach((key, value) -> out.append(key + " " + value.sum() + "\n"));
        var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        out.append("jvm_memory_used_bytes{area=\"heap\"} " + heap.getUsed() + "\n");
        out.append("jvm_memory_max_bytes{area=\"heap\"} " + heap.getMax() + "\n");
        out.append("jvm_threads_live " + Thread.activeCount() + "\n");
        out.append("http_worker_threads_active " + service.workers.getActiveCount() + "\n");
        out.append("http_worker_queue_size " + service.workers.getQueue().size() + "\n");
        out.append("http_requests_in_flight "
                + (service.workers.getActiveCount() + service.workers.getQueue().size()) + "\n");
        out.append("process_start_time_seconds "
                + ManagementFactory.getRuntimeMXBean().getStartTime() / 1000.0 + "\n");
        if (service.pool != null && service.pool.getHikariPoolMXBean() != null) {
            var pool = service.pool.getHikariPoolMXBean();
            out.append("hikaricp_connections_active " + pool.getActiveConnections() + "\n");
            out.append("hikaricp_connections_pending " + pool.getThreadsAwaitingConnection() + "\n");
            out.append("db_pool_connections_in_use " + pool.getActiveConnections() + "\n");
            out.append("db_pool_connections_max " + service.pool.getMaximumPoolSize() + "\n");
        }
        return out.toString();
    }
}
