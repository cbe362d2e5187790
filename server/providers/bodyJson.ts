/** What comes again in each call of a run, with its JSON: the words around the items, and the schema of the answer. */
const texts = new Map<string, string>()
const objects = new WeakMap<object, string>()
/** Of the tasks and profiles of a few runs at once. */
const mostTexts = 16
/** The JSON of a shorter one takes no longer than looking it up. */
const shortestText = 200

/** Says that the text will come again, in the body of another call. */
export function recurringText(text: string): string {
  if (text.length < shortestText || texts.has(text)) return text
  const oldest = texts.keys().next()
  if (texts.size >= mostTexts && !oldest.done) texts.delete(oldest.value)
  texts.set(text, JSON.stringify(text))
  return text
}

/** The same of a value that nobody changes any more. */
export function recurringValue<Value extends object>(value: Value): Value {
  if (!objects.has(value)) objects.set(value, JSON.stringify(value))
  return value
}

/** As `JSON.stringify` has it, where nothing defines a JSON of its own; what recurs is not escaped anew for each of thousands of calls. */
export function bodyJson(value: unknown): string {
  if (typeof value === 'string') return (value.length >= shortestText && texts.get(value)) || JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const known = objects.get(value)
  if (known !== undefined) return known
  if (Array.isArray(value)) return `[${value.map(bodyJson).join(',')}]`
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${bodyJson(field)}`).join(',')}}`
}
