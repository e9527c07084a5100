final class Exchange { static void run(String[] a) {} }
