import { type CreatedFile, diskFiles, type StoreFiles } from '../../../server/store/storeFiles.ts'

/** `short`: a write takes half of the bytes and says so; `silent short`: it says that it took all, and so do those after it. */
export type Fault = 'ENOSPC' | 'EIO' | 'EACCES' | 'EPERM' | 'EBUSY' | 'short' | 'silent short'

export interface FaultyFiles extends StoreFiles {
  /** From now on, the n-th operation (from 1) goes wrong. */
  arm(n: number, fault: Fault): void
  /** What went wrong, such as `link`; null: nothing has. */
  fired(): string | null
}

export function errorOf(code: string): Error {
  return Object.assign(new Error(`${code}: made by a test`), { code })
}

/** The real disk, except for one operation. */
export function faultyFiles(disk: StoreFiles = diskFiles): FaultyFiles {
  let left = Number.POSITIVE_INFINITY
  let fault: Fault = 'EIO'
  let fired: string | null = null

  /** True when this operation is the one that goes wrong. */
  function isUp(operation: string): boolean {
    left--
    if (left !== 0) return false
    fired = operation
    return true
  }

  function guard<Args extends unknown[], Value>(operation: string, work: (...args: Args) => Value) {
    return (...args: Args): Value => {
      if (isUp(operation) && !fault.endsWith('short')) throw errorOf(fault)
      return work(...args)
    }
  }

  function guardFile(file: CreatedFile): CreatedFile {
    let isFull = false
    return {
      write(bytes, position) {
        if (isFull) return bytes.length
        if (!isUp('write')) return file.write(bytes, position)
        if (!fault.endsWith('short')) throw errorOf(fault)
        const written = file.write(bytes.subarray(0, bytes.length >> 1), position)
        isFull = fault === 'silent short'
        return isFull ? bytes.length : written
      },
      size: guard('size', () => file.size()),
      sync: guard('sync', () => file.sync()),
      close() {
        file.close()
        if (isUp('close') && !fault.endsWith('short')) throw errorOf(fault)
      },
    }
  }

  return {
    ...disk,
    list: guard('list', disk.list),
    read: guard('read', disk.read),
    makeFolder: guard('makeFolder', disk.makeFolder),
    link: guard('link', disk.link),
    rename: guard('rename', disk.rename),
    remove: async (place) => guard('remove', disk.remove)(place),
    syncFolder: async (folder) => guard('syncFolder', disk.syncFolder)(folder),
    create: (place) => guardFile(guard('create', disk.create)(place)),
    arm(n, kind) {
      left = n
      fault = kind
      fired = null
    },
    fired: () => fired,
  }
}
