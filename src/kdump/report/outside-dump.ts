import type { Machine } from '../machine/machine.ts';
import type { OutsideDump } from './report.ts';

type Way = Omit<OutsideDump, 'platform'>;

const nothingOutside = 'nobody outside can take the memory here: only kdump inside the machine can';

const ways: Readonly<Record<string, Way>> = {
  kvm: {
    who: 'the administrator of the KVM host',
    commands: ['virsh dump --memory-only --format kdump-zlib DOMAIN FILE'],
    trigger: ['virsh inject-nmi DOMAIN'],
    note: 'the NMI needs kernel.unknown_nmi_panic=1 in the guest; a plain "virsh dump" cannot be read by crash',
  },
  openstack: {
    who: "the owner of the server; the host's administrator for a dump from outside",
    commands: ['virsh dump --memory-only --format kdump-zlib DOMAIN FILE   # on the compute host'],
    trigger: ['openstack server dump create SERVER'],
    note: 'the trigger is an NMI: the guest needs kernel.unknown_nmi_panic=1',
  },
  vmware: {
    who: 'the administrator of vSphere',
    commands: ['take a snapshot with memory, copy the .vmsn and .vmem files from the datastore'],
    trigger: ['send an NMI to the virtual machine from the vSphere client'],
    note: 'crash 7.1 and newer reads the pair directly',
  },
  hyperv: {
    who: 'the administrator of the Hyper-V host',
    commands: ['Checkpoint-VM -Name NAME'],
    trigger: ['Debug-VM -Name NAME -InjectNonMaskableInterrupt -Force'],
    note: 'the saved state must be converted before crash can read it',
  },
  aws: {
    who: 'the owner of the instance',
    commands: [],
    trigger: ['aws ec2 send-diagnostic-interrupt --instance-id INSTANCE'],
    note: nothingOutside,
  },
  azure: {
    who: 'the owner of the virtual machine',
    commands: [],
    trigger: ['az serial-console send nmi --name NAME --resource-group GROUP'],
    note: nothingOutside,
  },
  gce: {
    who: 'the owner of the instance',
    commands: [],
    trigger: ['gcloud compute instances send-diagnostic-interrupt NAME --zone ZONE'],
    note: nothingOutside,
  },
  alibaba: {
    who: 'the owner of the instance',
    commands: [],
    trigger: ['send an NMI from the console'],
    note: nothingOutside,
  },
  'xen-pv': {
    who: 'the administrator of the Xen host (dom0)',
    commands: ['xl dump-core DOMAIN FILE'],
    trigger: [],
    note: 'a PV guest cannot run kdump at all',
  },
  xen: {
    who: 'the administrator of the Xen host (dom0)',
    commands: ['xl dump-core DOMAIN FILE'],
    trigger: ['xl trigger DOMAIN nmi'],
    note: 'the file is read by crash',
  },
  firecracker: {
    who: 'the operator of the Firecracker process',
    commands: [
      `curl --unix-socket SOCKET -X PATCH http://localhost/vm -d '{"state":"Paused"}'`,
      `curl --unix-socket SOCKET -X PUT http://localhost/snapshot/create -d '{"snapshot_type":"Full","snapshot_path":"vm.state","mem_file_path":"vm.mem"}'`,
    ],
    trigger: [],
    note: "the memory file is the guest's RAM byte for byte; stock guest kernels have no kexec",
  },
  power: {
    who: 'the operator of the HMC',
    commands: [],
    trigger: ['chsysstate -m SYSTEM -r lpar -o dumprestart -n LPAR'],
    note: nothingOutside,
  },
  s390x: {
    who: 'the operator of the mainframe',
    commands: ['stand-alone dump: zipl -d DEVICE, then load it', 'VMDUMP under z/VM'],
    trigger: ['PSW restart'],
    note: 'crash reads both',
  },
};

const container: Way = {
  who: 'the administrator of the host',
  commands: ['sonae check-kdump   # on the host'],
  trigger: [],
  note: "a container shares the kernel of its host: kdump is the host's business",
};

/** Who can take the memory from outside, and how; for guests and containers. Undefined on plain hardware. */
export function describeOutside({ environment }: Machine): OutsideDump | undefined {
  if (environment.container !== undefined)
    return { platform: `container (${environment.container})`, ...container };
  const way = ways[environment.platform];
  return way && { platform: environment.platform, ...way };
}
