#ifndef PLATEAU_CK_GRID_H
#define PLATEAU_CK_GRID_H

// Tensors of the network lie on a grid of D×H×W positions with a halo of one position of zeros around it (in two
// dimensions D is 1 and has none), so that no kernel needs to know where the edge is. A position is 16 floats in a
// blocked tensor, one block of 16 channels: [N][blocks][D+2][H+2][W+2][16]; channels that fill no block are padded with
// zeros. It is 1 float in a planar tensor, one channel: [N][C][D+2][H+2][W+2]. Pointers to a block or a channel point
// to its first position inside the halo. Nothing writes to a halo.
struct ck_grid {
    int D, H, W;
    // Positions from one row to the next, from one slice to the next, and from one block or channel to the next.
    int row, plane, volume;
};

enum { CK_LANES = 16 };

#endif
