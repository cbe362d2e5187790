import { LogLevel, type LogOutputChannel } from 'vscode'

const nothing = () => {}

/**
 * Where the library would trace messages: nowhere. One of them carries a key, and a setting of anybody's workspace, `trace.server`,
 * decides whether messages are traced whole. With this level none is traced at all.
 */
export const silentTrace: LogOutputChannel = {
  name: 'LLM Providers (trace)',
  logLevel: LogLevel.Off,
  onDidChangeLogLevel: () => ({ dispose: nothing }),
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  append: nothing,
  appendLine: nothing,
  replace: nothing,
  clear: nothing,
  show: nothing,
  hide: nothing,
  dispose: nothing,
}
