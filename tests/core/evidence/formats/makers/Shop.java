// Writes logback.log, logback_spring.log and jul.log into the folder given, see make.sh.
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.core.FileAppender;
import java.util.logging.FileHandler;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

public final class Shop {
    static final class PoolTimeoutException extends RuntimeException {
        PoolTimeoutException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    static void connect() throws java.sql.SQLException {
        throw new java.sql.SQLException("10 of 10 connections in use");
    }

    static void charge(int order) {
        try {
            connect();
        } catch (java.sql.SQLException error) {
            throw new PoolTimeoutException("order " + order + " was not charged", error);
        }
    }

    static void withLogback(String file, String pattern) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(pattern);
        encoder.start();
        FileAppender<ch.qos.logback.classic.spi.ILoggingEvent> appender = new FileAppender<>();
        appender.setContext(context);
        appender.setFile(file);
        appender.setAppend(false);
        appender.setEncoder(encoder);
        appender.start();
        ch.qos.logback.classic.Logger log = context.getLogger("com.shop.orders.Charging");
        log.addAppender(appender);
        for (int order = 0; order < 12; order++) {
            MDC.put("traceId", String.format("%016x", 0x51a2b3c4d5e6f700L + order));
            log.info("order {} taken", order);
            if (order % 4 == 3) {
                try {
                    charge(order);
                } catch (PoolTimeoutException error) {
                    log.error("charging order {} failed", order, error);
                }
            }
        }
        appender.stop();
    }

    static void withJul(String file) throws Exception {
        System.setProperty("java.util.logging.SimpleFormatter.format", "%1$tb %1$td, %1$tY %1$tl:%1$tM:%1$tS %1$Tp %2$s%n%4$s: %5$s%6$s%n");
        java.util.logging.Logger log = java.util.logging.Logger.getLogger("com.shop.orders");
        log.setUseParentHandlers(false);
        FileHandler handler = new FileHandler(file);
        handler.setFormatter(new SimpleFormatter());
        log.addHandler(handler);
        for (int order = 0; order < 12; order++) {
            log.info("order " + order + " taken");
            if (order % 4 == 3) {
                log.severe("charging order " + order + " failed");
            }
        }
        handler.close();
    }

    public static void main(String[] arguments) throws Exception {
        String folder = arguments[0] + "/";
        withLogback(folder + "logback.log", "%d{HH:mm:ss.SSS} [%thread] %-5level %logger{36} - %msg%n");
        withLogback(folder + "logback_spring.log", "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %5p [orders,%X{traceId},] 4711 --- [%15.15t] %-40.40logger{39} : %m%n");
        withJul(folder + "jul.log");
    }
}
