import type { SourceDescription } from '../protocol/sources.ts'
import { cut, oneLine } from './terminal/plainText.ts'

const shownText = 200

/** A description for people: the facts, the fields, the first items. */
export function sourceText(source: SourceDescription): string {
  const { format, formats, delimiter, items, fields, id, rows, problems, isRemembered } = source
  const others = formats.filter((each) => each !== format)
  const facts: [string, string][] = [
    ['Format', `${format}${others.length > 0 ? ` (or ${others.join(', ')})` : ''}`],
    ['Encoding', encodingText(source)],
    ...(delimiter === null ? [] : [['Delimiter', delimiter === '\t' ? 'tab' : delimiter] satisfies [string, string]]),
    ...(items === null ? [] : [['Items', items === '' ? 'the document itself' : items] satisfies [string, string]]),
    ['Text', textOf(source)],
    ['Id', id ?? 'none: items are known by their content'],
    ...(isRemembered ? [['Read', 'as remembered'] satisfies [string, string]] : []),
  ]
  return [
    ...facts.map(([label, value]) => `${label.padEnd(11)}${oneLine(value)}`),
    ...(fields.length > 0 ? ['', 'Fields'] : []),
    ...fields.map(({ name, example }) => `  ${oneLine(name)}${example === '' ? '' : `: ${oneLine(example)}`}`),
    ...(rows.length > 0 ? ['', 'First items'] : []),
    ...rows.map((row) => `  ${oneLine(row.id)}  ${cut(oneLine(row.text), shownText)}`),
    ...(problems.length > 0 ? ['', 'Cannot be read'] : []),
    ...problems.map((problem) => `  ${oneLine(problem)}`),
  ].join('\n')
}

function encodingText({ encoding, isUndecodable }: SourceDescription): string {
  return isUndecodable ? `${encoding}, which not all of it is: name it, --encoding windows-1252` : encoding
}

function textOf({ text, fields, problems }: SourceDescription): string {
  if (text !== null) return text.length > 0 ? text.join(', ') : 'the whole file'
  // Where no row can be read, no name of a field would help.
  return fields.length === 0 && problems.length > 0 ? 'not known' : 'not clear: name the field, --text FIELD'
}
