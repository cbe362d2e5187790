import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { confineWrite } from '../../../server/files/confineWrite.ts'
import { diskFiles } from '../../../server/files/diskFiles.ts'
import { readRegularFile } from '../../../server/files/regularFile.ts'

let root: string
let workspace: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'supplied-')))
  workspace = join(root, 'workspace')
  mkdirSync(workspace)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code
const within = (path: string) => confineWrite(diskFiles, workspace, join(workspace, path)).catch(codeOf)

describe('a file that a folder supplies', () => {
  const read = (path: string, most = 100) => readRegularFile(diskFiles, path, most).then(String, codeOf)
  const put = (content: string): string => {
    const path = join(workspace, 'file')
    writeFileSync(path, content)
    return path
  }

  test('is read whole up to the limit', async () => {
    expect(await read(put(''))).toBe('')
    expect(await read(put('ä'.repeat(50)))).toBe('ä'.repeat(50))
    expect(await read(put('a'.repeat(101)))).toBe('TOO_LARGE')
    expect(await read(join(workspace, 'none'))).toBe('ENOENT')
  })

  test('is refused before a gigabyte is read', async () => {
    const path = put('')
    truncateSync(path, 2 ** 30)
    expect(await read(path, 64 * 1024 * 1024)).toBe('TOO_LARGE')
  })

  test.skipIf(process.platform === 'win32')(
    'is never a device, a FIFO or a folder, however it is linked to',
    async () => {
      const fifo = join(root, 'fifo')
      execFileSync('mkfifo', [fifo])
      const targets = ['/dev/zero', '/dev/full', '/dev/tty', '/dev/null', fifo, root]
      for (const [number, target] of targets.entries()) {
        const link = join(workspace, `link-${number}`)
        symlinkSync(target, link)
        expect([target, await read(link)]).toEqual([target, 'NOT_A_FILE'])
      }
    },
  )

  test.skipIf(process.platform !== 'linux')(
    'of a system that tells no size is read, and not beyond the limit',
    async () => {
      expect(await read('/proc/self/comm')).not.toBe('')
      expect(await read('/proc/self/maps', 10)).toBe('TOO_LARGE')
    },
  )
})

describe('a file that is written below a workspace', () => {
  test('is where its name says, there yet or not', async () => {
    writeFileSync(join(workspace, 'there'), '')
    expect(await within('there')).toBe(join(workspace, 'there'))
    expect(await within('a/b/c')).toBe(join(workspace, 'a/b/c'))
    expect(await within('..data/c')).toBe(join(workspace, '..data/c'))
  })

  test('may be reached by links within the workspace, and by the name of a link to it', async () => {
    mkdirSync(join(workspace, 'real'))
    symlinkSync('real', join(workspace, 'link'))
    expect(await within('link/file')).toBe(join(workspace, 'real/file'))
    symlinkSync(workspace, join(root, 'other-name'))
    const path = join(root, 'other-name', 'file')
    expect(await confineWrite(diskFiles, join(root, 'other-name'), path)).toBe(join(workspace, 'file'))
  })

  test('never leaves it by a link: of the file, of a folder, of one far above, through another link', async () => {
    const outside = join(root, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, '.bashrc'), 'mine')
    symlinkSync('../outside/.bashrc', join(workspace, 'file'))
    symlinkSync('../outside', join(workspace, 'folder'))
    symlinkSync('folder', join(workspace, 'second'))
    symlinkSync(outside, join(workspace, 'absolute'))
    symlinkSync('../..', join(workspace, 'up'))
    const paths = ['file', 'folder/file', 'folder/a/b', 'second/file', 'absolute/file', 'up/file', '../x']
    const refused: unknown[] = []
    for (const path of paths) refused.push([path, await within(path)])
    // Whatever removes the folder would look through everything above it.
    unlinkSync(join(workspace, 'up'))
    expect(refused).toEqual(paths.map((path) => [path, 'OUTSIDE_WORKSPACE']))
    expect(readFileSync(join(outside, '.bashrc'), 'utf8')).toBe('mine')
  })

  test('is not made at the end of a link that leads nowhere or in a circle', async () => {
    symlinkSync('../not-there', join(workspace, 'file'))
    symlinkSync('../not-there', join(workspace, 'folder'))
    symlinkSync('circle', join(workspace, 'circle'))
    expect(await within('file')).toBe('DANGLING_LINK')
    expect(await within('folder/file')).toBe('DANGLING_LINK')
    expect(await within('circle')).toBe('ELOOP')
  })

  test('a folder whose name only begins like the workspace is another one', async () => {
    mkdirSync(join(root, 'workspace-2'))
    symlinkSync('../workspace-2', join(workspace, 'link'))
    expect(await within('link/file')).toBe('OUTSIDE_WORKSPACE')
  })
})
