import { jest } from "@jest/globals";

/** A browser on a busy machine takes its time; every wait inside the tests has a shorter end of its own. */
jest.setTimeout(120_000);
