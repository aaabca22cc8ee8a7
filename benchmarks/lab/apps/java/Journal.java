import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** The log on standard output: as Spring Boot prints it, or as its JSON encoder does. */
final class Journal extends Formatter {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final Logger LOG = Logger.getLogger("app");
    private static String base;
    private final boolean json;

    private Journal(boolean json) {
        this.json = json;
    }

    static void open(Map<String, Object> spec) {
        String name = (String) spec.get("name");
        base = "com." + ((String) spec.get("company")).replace("-", "") + "." + name.replace("-", "");
        Logger root = Logger.getLogger("");
        for (var handler : root.getHandlers()) root.removeHandler(handler);
        ConsoleHandler out = new ConsoleHandler() {
            {
                setOutputStream(System.out);
            }
        };
        out.setFormatter(new Journal(spec.get("style").equals("json")));
        root.addHandler(out);
        root.setLevel(Level.INFO);
    }

    static void info(String text) {
        say(Level.INFO, text, null);
    }

    static void warn(String text) {
        say(Level.WARNING, text, null);
    }

    static void error(String text, Throwable cause) {
        say(Level.SEVERE, text, cause);
    }

    static void say(Level level, String text, Throwable cause) {
        Metrics.count("log_lines_total", "level=\"" + word(level).toLowerCase() + "\"", 1);
        LogRecord record = new LogRecord(level, text);
        record.setThrown(cause);
        record.setLoggerName(base + (level == Level.INFO ? ".web.RequestLog" : ".service.Handlers"));
        LOG.log(record);
    }

    private static String word(Level level) {
        return level == Level.SEVERE ? "ERROR" : level == Level.WARNING ? "WARNING" : "INFO";
    }

    @Override
    public String format(LogRecord record) {
        String at = STAMP.format(Instant.ofEpochMilli(record.getMillis()));
        String level = word(record.getLevel()).replace("WARNING", "WARN");
        String thread = Thread.currentThread().getName();
        String stack = "";
        if (record.getThrown() != null) {
            StringWriter out = new StringWriter();
            record.getThrown().printStackTrace(new PrintWriter(out));
            stack = out.toString();
        }
        if (!json) {
            String logger = record.getLoggerName();
            String tail = logger.length() > 40 ? logger.substring(logger.length() - 40) : logger;
            return String.format("%s %5s %d --- [%15s] %-40s : %s%n%s", at, level,
                    ProcessHandle.current().pid(), thread, tail, formatMessage(record), stack);
        }
        String line = "{\"@timestamp\":\"" + at + "\",\"@version\":\"1\",\"message\":"
                + Json.quoted(formatMessage(record)) + ",\"logger_name\":\"" + record.getLoggerName()
                + "\",\"thread_name\":\"" + thread + "\",\"level\":\"" + level + "\"";
        if (!stack.isEmpty()) line += ",\"stack_trace\":" + Json.quoted(stack);
        return line + "}\n";
    }
}
