/** A value of settings by its name, where `price.input` is the `input` within `price`. Undefined: it is not there. */
export function valueAt(values: Readonly<Record<string, unknown>>, path: string): unknown {
  const { group, name } = parted(path)
  if (group === null) return Object.hasOwn(values, path) ? values[path] : undefined
  return valueIn(values[group], name)
}

/** The same settings with another value there; undefined takes it out, and with the last one of a group the group. */
export function withValueAt<Value>(
  values: Readonly<Record<string, Value>>,
  path: string,
  value: Value | undefined,
): Record<string, Value> {
  const { group, name } = parted(path)
  if (group === null) return withEntry(values, path, value)
  const within = withEntry<unknown>(recordOf(values[group]), name, value)
  return withEntry(values, group, Object.keys(within).length === 0 ? undefined : (within as Value))
}

/** What stands first in a name of settings. */
export function groupOf(path: string): string {
  return parted(path).group ?? path
}

function parted(path: string): { group: string | null; name: string } {
  const at = path.indexOf('.')
  return at < 1 ? { group: null, name: path } : { group: path.slice(0, at), name: path.slice(at + 1) }
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function valueIn(value: unknown, name: string): unknown {
  const within = recordOf(value)
  return Object.hasOwn(within, name) ? within[name] : undefined
}

/** By entries: a name such as `__proto__` is one like any other. */
function withEntry<Value>(
  values: Readonly<Record<string, Value>>,
  name: string,
  value: Value | undefined,
): Record<string, Value> {
  const entries = new Map(Object.entries(values))
  if (value === undefined) entries.delete(name)
  else entries.set(name, value)
  return Object.fromEntries(entries)
}
