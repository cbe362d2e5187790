/** Every command of the extension. A row of the command table and an entry of the manifest belong to each. */
export const commandIds = [
  'llmProviders.testConnection',
  'llmProviders.addProvider',
  'llmProviders.editProvider',
  'llmProviders.removeProvider',
  'llmProviders.enableProvider',
  'llmProviders.disableProvider',
  'llmProviders.setKey',
  'llmProviders.setRoute',
  'llmProviders.explainRoute',
  'llmProviders.showReadiness',
  'llmProviders.openSettings',
  'llmProviders.categorize',
  'llmProviders.score',
  'llmProviders.categorizeAndScore',
  'llmProviders.cancelRun',
  'llmProviders.resumeRun',
  'llmProviders.openResults',
  'llmProviders.exportAudit',
  'llmProviders.restartServer',
  'llmProviders.showLog',
] as const
export type CommandId = (typeof commandIds)[number]
