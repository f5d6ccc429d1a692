// What lets guests in, unless a test says otherwise.
process.env.NODE_ENV = "development";
