import { journeys } from './journeys.mjs'
import { drawGraph, findCircles, productFolders, readCode, rooms } from './readCode.mjs'

/** What the house has today: who needs more says why in the commit that raises a limit. */
const limits = {
  lines: 142_000,
  files: 1_250,
  longFunctions: 24,
  functionP99: 52,
  smallFilesWithOneImporter: 6,
}

const longFunction = 60
const smallFile = 60

/**
 * @returns {{ name: string, value: number, limit: number | null, unit?: string, worst?: string[] }[]}
 * `worst`: what the figure counts, the worst first; shown where the limit is passed.
 */
export function codeFigures(root) {
  const files = readCode(root)
  const functions = files.flatMap((file) => file.functions.map((each) => ({ ...each, path: file.path })))
  const lengths = functions.map(({ lines }) => lines).sort((a, b) => a - b)
  const long = functions.filter(isLong).sort((a, b) => b.lines - a.lines)
  const room = rooms(files)
  const lonely = smallFilesWithOneImporter(files)
  const circles = (name, options) => {
    const found = findCircles(drawGraph(files, options))
    return { name, value: found.length, limit: 0, worst: found.map((circle) => circle.join(', ')) }
  }
  const every = ['value', 'type']
  const telling = functions.filter(({ name }) => /^tell([A-Z]|$)/.test(name))
  return [
    circles('circles between files', {}),
    circles('circles between files, types too', { kinds: every }),
    circles('circles between folders', { place: room }),
    circles('circles between folders, types too', { place: room, kinds: every }),
    {
      name: 'functions named tell*',
      value: telling.length,
      limit: 0,
      worst: telling.map(({ path, name }) => `${path} ${name}`),
    },
    {
      name: `functions over ${longFunction} lines`,
      value: long.length,
      limit: limits.longFunctions,
      worst: long.map(({ path, line, name, lines }) => `${lines} ${path}:${line} ${name}`),
    },
    { name: 'lines of a function, p99', value: percentile(lengths, 0.99), limit: limits.functionP99 },
    { name: 'lines of a function, median', value: percentile(lengths, 0.5), limit: null },
    {
      name: `files under ${smallFile} lines with one importer`,
      value: round((100 * lonely.length) / files.length),
      unit: ' %',
      limit: limits.smallFilesWithOneImporter,
      worst: lonely,
    },
    { name: 'files', value: files.length, limit: limits.files },
    { name: 'lines', value: files.reduce((sum, { lines }) => sum + lines, 0), limit: limits.lines },
    ...journeys.map(({ name, limit, files: { length } }) => ({ name, value: length, limit })),
    ...productFolders.map((folder) => ({
      name: `lines of ${folder}/`,
      value: files.filter(({ path }) => path.startsWith(`${folder}/`)).reduce((sum, { lines }) => sum + lines, 0),
      limit: null,
    })),
  ]
}

function isLong({ lines }) {
  return lines > longFunction
}

function smallFilesWithOneImporter(files) {
  const importers = new Map(files.map(({ path }) => [path, new Set()]))
  for (const file of files) for (const { to } of file.imports) importers.get(to)?.add(file.path)
  return files
    .filter(({ path, lines }) => lines < smallFile && importers.get(path).size === 1)
    .map(({ path, lines }) => `${path} (${lines}) <- ${[...importers.get(path)][0]}`)
}

function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

function round(value) {
  return Math.round(value * 10) / 10
}
