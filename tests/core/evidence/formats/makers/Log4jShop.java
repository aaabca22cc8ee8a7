// Writes what a log4j2.properties beside it says, see make.sh.
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.ThreadContext;

public final class Log4jShop {
    static void charge(int order) {
        throw new IllegalStateException("order " + order + " was not charged", new java.io.IOException("broken pipe"));
    }

    public static void main(String[] arguments) {
        Logger log = LogManager.getLogger("com.shop.orders.Charging");
        for (int order = 0; order < 12; order++) {
            ThreadContext.put("requestId", "req-" + (3000 + order));
            log.info("order {} taken", order);
            if (order % 4 == 3) {
                try {
                    charge(order);
                } catch (IllegalStateException error) {
                    log.error("charging order {} failed", order, error);
                }
            }
        }
    }
}
