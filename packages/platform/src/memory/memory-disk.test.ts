import { describe, expect, it } from 'vitest';
import { MemoryDisk } from './memory-disk.ts';

// That its calls do what the real ones do is held in the simulator, with the same calls as its own disk.
describe('a memory disk', () => {
  it('keeps what somebody has open, whatever becomes of its name', () => {
    const disk = new MemoryDisk({ now: () => 0 });
    const file = disk.open('/a', 'create');
    file.write(Buffer.from('kept'), 0);
    disk.unlink('/a');
    disk.open('/a', 'create').close();
    const target = Buffer.alloc(4);
    expect(file.read(target, 0, 4, 0)).toBe(4);
    expect(target.toString()).toBe('kept');
    expect(disk.stat('/a').sizeBytes).toBe(0);
  });

  it('gives a lock to one at a time', () => {
    const disk = new MemoryDisk({ now: () => 0 });
    const first = disk.lock('/.lock');
    expect(disk.lock('/.lock')).toBeNull();
    first?.release();
    const second = disk.lock('/.lock');
    first?.release();
    expect(second).not.toBeNull();
    expect(disk.lock('/.lock')).toBeNull();
  });

  it('dates what is written', () => {
    let now = 1;
    const disk = new MemoryDisk({ now: () => now });
    disk.makeDirectory('/d');
    now = 2;
    disk.replaceFile('/d/a', 'x');
    expect(disk.stat('/d/a').modifiedMs).toBe(2);
    expect(disk.stat('/d').modifiedMs).toBe(2);
    disk.setModified('/d/a', 7);
    expect(disk.stat('/d/a').modifiedMs).toBe(7);
  });

  it('removes files and directories with what is in them', async () => {
    const disk = new MemoryDisk({ now: () => 0 });
    disk.makeDirectory('/d/e');
    disk.replaceFile('/d/a', 'x');
    await disk.unlinkLater('/d/a');
    expect(disk.list('/d')).toEqual(['e']);
    disk.removeDirectory('/d');
    expect(disk.exists('/d/e')).toBe(false);
    await expect(disk.unlinkLater('/d/a')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
