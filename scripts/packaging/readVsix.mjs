// What a VSIX holds, read from the directory at the end of the file (a VSIX is a zip).
import { readFileSync } from 'node:fs'

const endOfDirectory = 0x06054b50
const directoryEntry = 0x02014b50

/** Every file of it: `name` as it will be installed, `bytes` unpacked, `packed` as it is stored. */
export function readVsix(file) {
  const zip = readFileSync(file)
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'))
  if (end < 0 || zip.readUInt32LE(end) !== endOfDirectory) throw new Error(`${file} is not a VSIX.`)
  const entries = []
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== directoryEntry) throw new Error(`${file} has a broken directory.`)
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset))
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    entries.push({ name, packed: zip.readUInt32LE(at + 20), bytes: zip.readUInt32LE(at + 24) })
    at += 46 + nameLength + extraLength + commentLength
  }
  return entries
}
