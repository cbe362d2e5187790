// The picture of the floors: rooms of each program at the height that their imports give them, and the imports between them.
import { drawGraph } from './readCode.mjs'

const box = { width: 112, height: 34, gapX: 14, gapY: 26 }
const margin = 16
const titleHeight = 30

/** @returns {string} An SVG in colours that are readable on light and dark pages. */
export function drawFloors(files) {
  const [client, webview, cli, server] = ['client', 'webview', 'cli', 'server'].map((name) => drawProgram(files, name))
  const rows = [sideBySide([client, webview]), sideBySide([server, cli])]
  const width = Math.max(...rows.map((each) => each.width))
  const all = stack([...rows, drawGround(files, width)])
  const style = `<style>
text { font: 12px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600; font-size: 14px } .size { fill: #57606a; font-size: 10px }
.program { fill: #f6f8fa; stroke: #d0d7de } .room { fill: #ddf4ff; stroke: #54aeff } line { stroke: #8c959f; stroke-width: 0.8 }
</style>`
  const size = `width="${all.width + 2 * margin}" height="${all.height + 2 * margin}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="Rooms of each program; each imports only from those below it">
${style}
<rect width="100%" height="100%" fill="#ffffff"/>
<g transform="translate(${margin} ${margin})">
${all.svg}
</g>
</svg>
`
}

function drawProgram(files, program) {
  const place = (file) => roomIn(program, file)
  const own = files.filter(({ path }) => path.startsWith(`${program}/`))
  const graph = drawGraph(own, { place, kinds: ['value', 'type', 'late'] })
  const levels = levelsOf(graph)
  const rows = [...Array(Math.max(...levels.values()) + 1)].map((_, level) =>
    [...graph.keys()].filter((room) => levels.get(room) === level).sort(),
  )
  const height = titleHeight + rows.length * (box.height + box.gapY)
  const width = Math.max(...rows.map((row) => row.length)) * (box.width + box.gapX) + box.gapX
  const places = new Map()
  for (const [level, row] of rows.entries())
    for (const [index, room] of row.entries())
      places.set(room, {
        x: (width - row.length * (box.width + box.gapX) + box.gapX) / 2 + index * (box.width + box.gapX),
        y: height - (level + 1) * (box.height + box.gapY) + box.gapY / 2,
      })
  const lines = nearestOnly(graph).map(([from, to]) => drawLine(places.get(from), places.get(to)))
  const rooms = [...places].map(([room, at]) =>
    drawRoom(
      room,
      at,
      own.filter(({ path }) => place(path) === room),
    ),
  )
  const frame = `<rect class="program" width="${width}" height="${height}" rx="6"/>`
  const title = `<text class="title" x="12" y="20">${program}/</text>`
  return { width, height, svg: [frame, title, ...lines, ...rooms].join('\n') }
}

/** What every program stands on. */
function drawGround(files, width) {
  const names = ['shared', 'protocol']
  const svg = names.map((name, index) => {
    const inside = files.filter(({ path }) => path.startsWith(`${name}/`))
    return `<g transform="translate(0 ${index * 44})"><rect class="room" width="${width}" height="36" rx="6"/>
<text x="12" y="22"><tspan class="title">${name}/</tspan> <tspan class="size">${sizeOf(inside)}</tspan></text></g>`
  })
  return { width, height: names.length * 44, svg: svg.join('\n') }
}

/** Folders below a folder are part of it; a file at the top is a room of its own. */
function roomIn(program, file) {
  const [top, name] = file.split('/')
  return top === program ? name : null
}

/** How many floors a room stands above the ground: one above the highest that it imports. */
function levelsOf(graph) {
  const levels = new Map()
  const visit = (room) => {
    if (levels.has(room)) return levels.get(room)
    levels.set(room, 0)
    const below = [...graph.get(room)].map(visit)
    levels.set(room, below.length > 0 ? Math.max(...below) + 1 : 0)
    return levels.get(room)
  }
  for (const room of graph.keys()) visit(room)
  return levels
}

/** An import that follows from two others is left out of the picture, or nobody could see it. */
function nearestOnly(graph) {
  const reaches = (from, to, seen = new Set()) =>
    [...graph.get(from)].some((next) => {
      if (next === to) return true
      if (seen.has(next)) return false
      seen.add(next)
      return reaches(next, to, seen)
    })
  return [...graph].flatMap(([from, targets]) =>
    [...targets]
      .filter((to) => ![...targets].some((other) => other !== to && reaches(other, to)))
      .map((to) => [from, to]),
  )
}

function drawRoom(name, { x, y }, files) {
  return `<g transform="translate(${x} ${y})"><rect class="room" width="${box.width}" height="${box.height}" rx="4"/>
<text x="${box.width / 2}" y="15" text-anchor="middle">${name}</text>
<text class="size" x="${box.width / 2}" y="28" text-anchor="middle">${sizeOf(files)}</text></g>`
}

/** Rounded, so that the picture changes when the house does, not with every line. */
function sizeOf(files) {
  const thousands = Math.round(files.reduce((sum, each) => sum + each.lines, 0) / 1000)
  return thousands === 0 ? '' : `${thousands},000 lines`
}

function drawLine(from, to) {
  return `<line x1="${from.x + box.width / 2}" y1="${from.y + box.height}" x2="${to.x + box.width / 2}" y2="${to.y}"/>`
}

function sideBySide(parts) {
  const height = Math.max(...parts.map((each) => each.height))
  let x = 0
  const svg = parts.map((part) => {
    const moved = `<g transform="translate(${x} ${height - part.height})">\n${part.svg}\n</g>`
    x += part.width + 16
    return moved
  })
  return { width: x - 16, height, svg: svg.join('\n') }
}

function stack(parts) {
  let y = 0
  const svg = parts.map((part) => {
    const moved = `<g transform="translate(0 ${y})">\n${part.svg}\n</g>`
    y += part.height + 16
    return moved
  })
  return { width: Math.max(...parts.map((each) => each.width)), height: y - 16, svg: svg.join('\n') }
}
