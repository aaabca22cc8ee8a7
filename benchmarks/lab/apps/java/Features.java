import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Code that teams got wrong: it fails as such code fails, with the virtual machine's own words. */
final class Features {
    private Features() {}

    private record Rates(BigDecimal fxRate) {}

    private record Line(BigDecimal net, Rates rates) {}

    /** Version 2 of a library: without `roundMoney`. */
    private record PriceKit(BigDecimal quantized) {}

    private record Region(List<String> slots) {}

    private static BigDecimal settlementTotal(List<Line> lines) {
        BigDecimal sum = BigDecimal.ZERO;
        for (Line line : lines) sum = sum.add(line.net().multiply(line.rates().fxRate()));
        return sum;
    }

    private static String deliveryWindow(Region region) {
        return region.slots().get(0);
    }

    private static void showPrice() {
        try {
            PriceKit.class.getMethod("roundMoney", BigDecimal.class);
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("price formatting", missing);
        }
    }

    static void run(Service service, String name, Map<String, Object> options, Map<String, Object> item)
            throws Exception {
        switch (name) {
            case "key_error" -> settlementTotal(List.of(new Line(BigDecimal.TEN, null)));
            case "type_error" -> deliveryWindow(null);
            case "attribute_error" -> showPrice();
            case "leak" -> service.hoard.add(new byte[Service.number(options, "kb", 500) * 1024]);
            case "leak_connection" -> service.hoard.add(service.pool.getConnection());
            case "block" -> export(((Number) options.get("seconds")).doubleValue());
            case "bad_settings" -> settings((String) options.get("key"));
            default -> throw new IllegalStateException("no feature " + name);
        }
    }

    private static synchronized void export(double seconds) throws InterruptedException {
        Thread.sleep((long) (seconds * 1000));
    }

    private static void settings(String key) {
        Journal.error("invalid configuration: required setting " + key + " is not set, exiting", null);
        Runtime.getRuntime().halt(78);
    }
}
