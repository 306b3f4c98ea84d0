//! Vectors come back bit for bit, and never for another model.

use crate::db::{Db, contract};

contract!(vectors_come_back, many_at_once, erased_ones_are_gone);

async fn vectors_come_back(db: Db) {
    let vector = vec![0.1_f32, -0.0, f32::MIN_POSITIVE, f32::MAX, f32::INFINITY];
    db.store.put_embeddings(db.tenant, "m1", vec![([1; 32], vector.clone())]).await.unwrap();
    db.store
        .put_embeddings(db.tenant, "m1", vec![([1; 32], vec![9.0]), ([2; 32], Vec::new())])
        .await
        .unwrap();
    let found = db.store.cached_embeddings("m1", &[[1; 32], [2; 32], [3; 32]]).await.unwrap();
    let bits = |vector: &[f32]| vector.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(found.len(), 2);
    assert_eq!(bits(&found[&[1; 32]]), bits(&vector), "the first one stays");
    assert!(found[&[2; 32]].is_empty());
    assert!(db.store.cached_embeddings("m2", &[[1; 32]]).await.unwrap().is_empty());
}

async fn many_at_once(db: Db) {
    let hash = |n: u32| domain::text::hash(&[&n.to_be_bytes()]);
    let vectors: Vec<_> = (0..1500_u16).map(|n| (hash(n.into()), vec![f32::from(n); 8])).collect();
    db.store.put_embeddings(db.tenant, "m", vectors).await.unwrap();
    let asked: Vec<_> = (0..2000).map(hash).collect();
    let found = db.store.cached_embeddings("m", &asked).await.unwrap();
    assert_eq!(found.len(), 1500);
    assert!((0..1500_u16).all(|n| found[&hash(n.into())] == [f32::from(n); 8]));
}

async fn erased_ones_are_gone(db: Db) {
    for model in ["m1", "m2"] {
        db.store
            .put_embeddings(db.tenant, model, vec![([1; 32], vec![1.0]), ([2; 32], vec![2.0])])
            .await
            .unwrap();
    }
    assert_eq!(db.store.erase_embeddings(&[[1; 32]]).await.unwrap(), 2);
    assert_eq!(db.store.cached_embeddings("m2", &[[1; 32], [2; 32]]).await.unwrap().len(), 1);
}
