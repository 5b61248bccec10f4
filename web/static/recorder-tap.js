// Hands what the microphone hears over to the page, 128 samples at a time.

registerProcessor(
  "recorder-tap",
  class extends AudioWorkletProcessor {
    process([input]) {
      if (input.length) this.port.postMessage(input[0].slice());
      return true;
    }
  },
);
