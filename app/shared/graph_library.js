// After vis-network, which makes itself known to the page: there is nothing to mount.

export default () => () => {};
