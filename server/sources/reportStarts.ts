/** By these our own reports are known again; they stand at the very beginning. */
export const sarifStart =
  '{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"automationDetails":{"id":"llm-providers/'
export const reportStart = '<!-- LLM Providers results, run '
