final class DumpChecks { static void run(Checks c, String k) {} }
