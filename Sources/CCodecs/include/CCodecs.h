#ifndef PLATEAU_CCODECS_H
#define PLATEAU_CCODECS_H

#endif
