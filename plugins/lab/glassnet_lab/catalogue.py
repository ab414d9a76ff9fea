"""All faults of the laboratory."""

from glassnet_lab.fault import FAULTS as FAULTS
from glassnet_lab.faults import code as code, data as data, network as network, training as training
